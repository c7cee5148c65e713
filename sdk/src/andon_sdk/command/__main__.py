"""`python -m andon_sdk.command` is `andon-sdk`."""

import sys

from andon_sdk.command import main

sys.exit(main())
