"""Between Andon and a plugin's own process. Nothing for plugins to use: they are asked through it without knowing."""
