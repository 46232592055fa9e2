"""The app as a server: where its routes lie, whom it answers, how much of it one may have."""
