"""Components of the page: each is one folder of HTML, CSS and JavaScript and one Python call."""
