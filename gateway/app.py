"""Routes and their order. Everything asks for a credential but what `OPEN` lists."""

import httpx
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route

from gateway import files, invitation, oidc, tickets
from gateway.answers import Answers
from gateway.audit import audit_trail
from gateway.auth import GuardedRoute, GuardedSocket
from gateway.budgets import Budgets, quotas
from gateway.documents import Documents
from gateway.graphql import GraphQLRoute, graphql
from gateway.http import healthz, login, metrics, session
from gateway.ingest import ingest
from gateway.loops import loops
from gateway.portal_files import portal
from gateway.relay import Cursors
from gateway.schema.root import build
from gateway.score import score
from gateway.scores import scores
from gateway.settings import GatewaySettings
from gateway.shield import Errors, Hosts, SecurityHeaders, refused
from gateway.socket import subscriptions
from gateway.state import Gateway, Throttle, Turnstile
from gateway.telemetry import Meters, Telemetry
from gateway.tickets import Tickets
from gateway.trend import trend
from gateway.workbench.door import Workbenches
from gateway.workbench.links import Links
from services.enclaves.platform import Platform
from services.kernel.outward import Outward, Resolver
from services.kernel.reach import Reach
from services.oidc.api import Issuers

OPEN = {
    "/healthz": "says ok, and nothing else",
    "/login": "the one-time link is the credential",
    "/v1/session": "the password is the credential",
    "/v1/invitation": "the invitation's token is the credential",
    "/v1/invitation/accept": "the invitation's token is the credential",
    "/v1/oidc/{tenant}": "names of a tenant's providers, which its sign-in page shows",
    "/v1/oidc/{tenant}/start": "sends a browser to a provider",
    "/v1/oidc/{tenant}/callback": "the provider's word is the credential",
    "/metrics": "asks for the scrape token itself",
    tickets.PATH: "the address, which is good once, is the credential",
    "/{path:path}": "the portal's files, which hold no data",
}
"""Routes without a session or key, and why."""


def create_app(platform: Platform, settings: GatewaySettings) -> Starlette:
    """The gateway as an ASGI application over a platform that is up."""
    meters = Meters()
    secret = settings.secret.get_secret_value().encode()
    gateway = Gateway(
        platform=platform,
        settings=settings,
        schema=build(),
        cursors=Cursors(secret),
        answers=Answers(secret),
        documents=Documents.of_portal(settings.portal),
        meters=meters,
        turnstile=Turnstile("bodies in work", settings.uploads_per_tenant, settings.uploads),
        files=Turnstile("files in work", settings.files_per_tenant, settings.files),
        live=Turnstile("live connections", settings.live_per_tenant, settings.live),
        throttle=Throttle(settings.failed_sign_ins, settings.sign_in_wait_seconds),
        budgets=Budgets(platform.database, quotas(settings), meters.refused),
        issuers=issuers(settings),
        tickets=Tickets(secret, settings.base_path),
        workbenches=Links.of(secret, settings.workbench_url),
    )

    app = Starlette(
        routes=_under(settings.base_path, routes()),
        exception_handlers={HTTPException: refused},
        middleware=[
            Middleware(
                Workbenches,
                platform=platform,
                links=gateway.workbenches,
                live=gateway.live,
                recheck_s=settings.recheck_seconds,
            ),
            Middleware(Telemetry, meters=meters),
            Middleware(SecurityHeaders),
            Middleware(Errors),
            Middleware(Hosts, trusted=settings.trusted_hosts),
        ],
    )
    app.state.gateway = gateway
    return app


def issuers(settings: GatewaySettings) -> Issuers:
    """The way to providers of identity."""
    tls = httpx.create_ssl_context()
    if settings.oidc_ca_file is not None:
        tls.load_verify_locations(settings.oidc_ca_file)
    return Issuers(Outward(Reach.of(settings.oidc_networks), Resolver(), tls))


def routes() -> list[BaseRoute]:
    return [
        GraphQLRoute("/graphql", graphql, methods=["POST"]),
        GuardedSocket("/graphql", subscriptions),
        GuardedRoute("/v1/ingest", ingest, methods=["POST"]),
        GuardedRoute("/v1/trend", trend, methods=["GET"]),
        GuardedRoute("/v1/score", score, methods=["POST"]),
        GuardedRoute("/v1/scores", scores, methods=["GET"]),
        GuardedRoute("/v1/audit", audit_trail, methods=["GET"]),
        GuardedRoute("/v1/loops", loops, methods=["GET"]),
        GuardedRoute("/v1/jobs/{id}/file", files.file, methods=["GET"]),
        GuardedRoute("/v1/pipelines/{id}/notebook", files.notebook, methods=["GET"]),
        GuardedRoute("/v1/capsules/{id}/file", files.capsule, methods=["GET"]),
        Route(tickets.PATH, files.upload, methods=["PUT"]),
        Route("/v1/session", session, methods=["POST", "DELETE"]),
        Route("/v1/invitation", invitation.read, methods=["POST"]),
        Route("/v1/invitation/accept", invitation.accept, methods=["POST"]),
        Route("/v1/oidc/{tenant}", oidc.offered, methods=["GET"]),
        Route("/v1/oidc/{tenant}/start", oidc.start, methods=["POST"]),
        Route("/v1/oidc/{tenant}/callback", oidc.callback, methods=["GET"]),
        Route("/login", login, methods=["GET"]),
        Route("/healthz", healthz, methods=["GET"]),
        Route("/metrics", metrics, methods=["GET"]),
        Route("/{path:path}", portal),
    ]


def _under(base_path: str, found: list[BaseRoute]) -> list[BaseRoute]:
    return [Mount(base_path, routes=found)] if base_path else found
