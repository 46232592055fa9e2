"""What an edit did, as the classifier sees it. Knows runs and training's judge, no page."""
