"""Where the broker is and who we are: from the environment, or a broker on this machine."""

import os

host = os.environ.get("AMQP_HOST", "localhost")
port = int(os.environ.get("AMQP_PORT", "5672"))
user = os.environ.get("AMQP_USER", "admin")
password = os.environ.get("AMQP_PASSWORD", "123456")
