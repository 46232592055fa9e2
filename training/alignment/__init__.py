"""How far a photo is from CelebA's frame. Knows the networks, no codes and no judge."""
