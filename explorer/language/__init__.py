"""What the page says, in the language of who reads it: English in the code, others in .po files."""
