"""Link notebooks of MakinaRocks, read and written anew with tags. Nothing of them is run."""
