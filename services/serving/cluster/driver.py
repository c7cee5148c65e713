"""The one process that leads a tenant's serving cluster: deploys the scorer and stays, to say how it is.

python -m services.serving.cluster.driver
"""

import logging
import time

import ray
from ray import serve
from ray.serve.config import HTTPOptions
from ray.serve.schema import ApplicationStatus

from services.enclaves.box.config import HOME, BoxConfig, State, say
from services.serving.cluster.scorer import FleetScorer
from services.serving.cluster.settings import ServingSettings

log = logging.getLogger(__name__)

APPLICATION = "fleet"
_LOOK_S = 2.0
_STATES = {
    ApplicationStatus.RUNNING: State.READY,
    ApplicationStatus.DEPLOYING: State.STARTING,
    ApplicationStatus.NOT_STARTED: State.STARTING,
    ApplicationStatus.UNHEALTHY: State.STARTING,  # it ran, and Serve replaces what fell
}


def settings_of(config: BoxConfig) -> ServingSettings:
    return ServingSettings(
        stream_url=config.stream_url,
        stream_user=config.stream_user,
        stream_password=config.stream_password,
        inbox_prefix=config.inbox_prefix,
        endpoint=config.bucket_endpoint,
        bucket=config.bucket,
        access_key=config.access_key,
        secret_key=config.secret_key,
        scratch=str(HOME / "packs"),
    )


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    config = BoxConfig.load()
    ray.init(address=config.ray_address, log_to_driver=False, configure_logging=False)
    deploy(settings_of(config), HTTPOptions(host="127.0.0.1", port=config.score_port))
    said: tuple[State, str] | None = None
    while True:
        now = _state()
        if now != said:
            log.info("%s %s", *now)
            say(*now)
            said = now
        time.sleep(_LOOK_S)


def deploy(settings: ServingSettings, http: HTTPOptions) -> None:
    """The first scorer, which starts the others on whichever nodes there are; blocks until it runs."""
    serve.start(http_options=http)
    serve.run(FleetScorer.bind(settings), name=APPLICATION, route_prefix="/", blocking=False)


def _state() -> tuple[State, str]:
    """How the application is, in the box's words."""
    application = serve.status().applications.get(APPLICATION)
    if application is None:
        return State.FAILED, "Ray Serve has lost the scorer."
    state = _STATES.get(application.status, State.FAILED)
    return state, "" if state is State.READY else application.message or application.status.value


if __name__ == "__main__":
    main()
