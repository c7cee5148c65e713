"""A driver with a Serve app and a training run, to see that both work in a box."""

import http.server

import ray
from ray import serve

from services.enclaves.box.config import BoxConfig, State, say

config = BoxConfig.load()
ray.init(address=config.ray_address, namespace="serve", log_to_driver=False, logging_level="ERROR")


@serve.deployment(ray_actor_options={"num_cpus": 0.5}, max_ongoing_requests=100)
class Echo:
    def __call__(self, body: bytes) -> bytes:
        return body[::-1]


serve.start(proxy_location="Disabled")
echo = serve.run(Echo.bind(), name="echo", route_prefix=None)


class Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        body = echo.remote(body).result()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


say(State.READY, "serving")
http.server.ThreadingHTTPServer(("127.0.0.1", config.score_port), Answer).serve_forever()
