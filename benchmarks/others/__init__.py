"""What others do with a webhook, to measure beside; none of it is part of the product."""
