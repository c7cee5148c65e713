import gzip

import pytest
from gateway_client import BASE, SCRAPE_TOKEN, http_client, make_app, make_key, open_session
from starlette.routing import Route, WebSocketRoute

from gateway.app import OPEN, routes
from gateway.auth import COOKIE, GuardedRoute, GuardedSocket
from gateway.state import Throttle
from services.kernel.errors import Exhausted
from services.kernel.ids import new_id
from services.kernel.rights import Permission, Role, system_principal
from services.tenancy import api as tenancy

pytestmark = pytest.mark.platform


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    folder = tmp_path_factory.mktemp("portal")
    (folder / "index.html").write_text('<!doctype html><base href="/"><title>Andon</title>')
    (folder / "app").mkdir()
    (folder / "app" / "index-Ab12Cd34.js").write_text("1")
    (folder / "robots.txt").write_text("no")
    return folder


@pytest.fixture(scope="module")
def own_app(platform, portal):
    return make_app(platform.platform, portal=portal)


@pytest.fixture
async def nobody(own_app):
    async with http_client(own_app) as client:
        yield client


async def test_every_route_but_a_short_list_wants_a_credential(nobody):
    for route in routes():
        assert isinstance(route, Route | WebSocketRoute)
        if isinstance(route, GuardedSocket):
            continue
        if isinstance(route, GuardedRoute):
            for method in route.methods or ():
                answer = await nobody.request(method, route.path)
                assert answer.status_code == 401, (method, route.path)
                assert answer.headers["www-authenticate"] == 'Bearer realm="andon"'
                assert method == "HEAD" or answer.json()["code"] == "UNAUTHORISED"
        else:
            assert route.path in OPEN
    assert len(OPEN) == 11


async def test_a_credential_that_is_none_is_refused(nobody, platform, tenant):
    key = await make_key(platform.platform, tenant)
    wrong = [
        f"Bearer {key}x",
        f"Bearer {key[:-1]}",
        "Bearer andon_",
        "Basic YTpi",
        f"bearer x{key}",
        "Bearer " + "a" * 600,
    ]
    for header in wrong:
        answer = await nobody.get("/v1/trend", headers={"Authorization": header})
        assert answer.status_code == 401, header
    assert (await nobody.get("/v1/trend", headers={"Cookie": f"{COOKIE}=nonsense"})).status_code == 401


async def test_answers_carry_the_security_headers(nobody):
    for path in ("/", "/healthz", "/graphql", "/v1/trend", "/nothing"):
        headers = (await nobody.get(path)).headers
        policy = headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert len(headers["x-trace-id"]) == 32


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1/?x=", "127.0.0.1@evil.example", "evil.example:80", "127.0.0.1:99999999", ""]
)
async def test_other_host_names_are_refused(nobody, host):
    answer = await nobody.get("/healthz", headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (421, "HOST_REFUSED")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8123", "[::1]:8123", "LOCALHOST"])
async def test_our_host_names_are_answered(nobody, host):
    assert (await nobody.get("/healthz", headers={"Host": host})).json() == {"status": "ok"}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
@pytest.mark.parametrize("path", ["/graphql", "/v1/session", "/v1/invitation", "/v1/invitation/accept"])
async def test_what_a_form_can_send_is_refused(own_app, platform, tenant, path, kind):
    token, _ = await open_session(platform.platform, tenant, Role.ADMIN)
    async with http_client(own_app) as client:
        client.cookies.set(COOKIE, token)
        answer = await client.post(path, content=b'{"query": "{ me { name } }"}', headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (415, "MEDIA_TYPE_REFUSED")


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:81", "http://127.0.0.1.evil.example"]
)
async def test_a_page_of_another_origin_may_not_act_with_the_cookie(own_app, platform, tenant, origin):
    token, _ = await open_session(platform.platform, tenant, Role.ADMIN)
    async with http_client(own_app, Origin=origin) as client:
        client.cookies.set(COOKIE, token)
        answer = await client.post("/graphql", json={"query": "{ me { name } }"})
        assert (answer.status_code, answer.json()["code"]) == (403, "ORIGIN_REFUSED")
        assert (await client.post("/v1/session", json={})).status_code == 403


async def test_our_own_page_may(own_app, platform, tenant):
    token, _ = await open_session(platform.platform, tenant, Role.ADMIN)
    async with http_client(own_app, Origin=BASE) as client:
        client.cookies.set(COOKIE, token)
        answer = await client.post("/graphql", json={"query": "{ me { name kind role } }"})
    assert answer.json()["data"] == {"me": {"name": "Admin", "kind": "member", "role": "ADMIN"}}


async def test_graphql_takes_post_only(nobody):
    assert (await nobody.get("/graphql", params={"query": "{ me { name } }"})).status_code == 404
    assert (await nobody.put("/graphql", json={})).status_code == 401


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[]", "BAD_REQUEST"),
        (b"", "BAD_REQUEST"),
        (b"{", "BAD_REQUEST"),
        (b"{}", "BAD_REQUEST"),
        (b'[{"query":"{me{name}}"},{"query":"{me{name}}"}]', "BAD_REQUEST"),
        (b'{"query":"{me{name}}","variables":[]}', "BAD_REQUEST"),
        (b'{"query":"subscription { alarmChanged { id } }"}', "BAD_REQUEST"),
        (b'{"query":"{me{name}}","operationName":"other"}', "BAD_REQUEST"),
    ],
)
async def test_bodies_that_are_no_query(admin, body, code):
    answer = await admin.http.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_bodies_are_capped_while_they_stream(admin):
    async def endless():
        yield b'{"query": "'
        for _ in range(10_000):
            yield b" " * 10_000

    answer = await admin.http.post("/graphql", content=endless(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")


async def test_gzip_is_capped_after_it_is_undone(admin):
    bomb = gzip.compress(b" " * 2_000_000)
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert len(bomb) < 10_000
    answer = await admin.http.post("/graphql", content=bomb, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "BODY_TOO_LARGE")
    good = gzip.compress(b'{"query": "{ me { kind } }"}')
    answer = await admin.http.post("/graphql", content=good, headers=headers)
    assert answer.json()["data"] == {"me": {"kind": "member"}}
    for broken in (good[:-3], good + b"x", b"nonsense"):
        assert (await admin.http.post("/graphql", content=broken, headers=headers)).status_code == 400
    brotli = {"Content-Type": "application/json", "Content-Encoding": "br"}
    assert (await admin.http.post("/graphql", content=good, headers=brotli)).status_code == 415


async def test_a_login_link_opens_one_session(own_app, platform, tenant, principal):
    async with platform.unit(tenant) as uow:
        member = await tenancy.add_member(uow, principal, "lin@example.com", "Lin", Role.ENGINEER, None)
        link = await tenancy.make_login_link(uow, principal, member.id)
        await uow.commit()
    async with http_client(own_app) as client:
        answer = await client.get("/login", params={"token": link})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Path=/" in cookie
        me = await client.post("/graphql", json={"query": "{ me { name role } tenant { slug } }"})
        assert me.json()["data"] == {"me": {"name": "Lin", "role": "ENGINEER"}, "tenant": {"slug": tenant.slug}}
    async with http_client(own_app) as client:
        assert (await client.get("/login", params={"token": link})).status_code == 401
        assert (await client.get("/login")).status_code == 400
        for token in (link, "unknown", ""):
            answer = await client.get("/login", params={"token": token}, headers={"Accept": "text/html,*/*;q=0.8"})
            assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?why=link")
            assert "set-cookie" not in answer.headers


async def test_a_link_to_a_closed_tenant_says_so_and_stays_good(own_app, platform):
    place = await tenancy.create_tenant(platform.platform.database, f"t-{new_id().hex[-12:]}", "Ulsan Drills")
    operator = system_principal(place.id)
    async with platform.unit(place) as uow:
        member = await tenancy.add_member(uow, operator, "lin@example.com", "Lin", Role.OPERATOR, None)
        link = await tenancy.make_login_link(uow, operator, member.id)
        await tenancy.suspend_tenant(uow, operator)
        await uow.commit()
    async with http_client(own_app) as client:
        page = await client.get("/login", params={"token": link}, headers={"Accept": "text/html"})
        assert (page.status_code, page.headers["location"]) == (303, "/sign-in?why=closed")
        program = await client.get("/login", params={"token": link})
        assert (program.status_code, program.json()["code"]) == (403, "TENANT_SUSPENDED")
        async with platform.unit(place) as uow:
            await tenancy.resume_tenant(uow, operator)
            await uow.commit()
        assert (await client.get("/login", params={"token": link})).headers["location"] == "/"


async def test_signing_in_and_out(own_app, platform, tenant, principal):
    async with platform.unit(tenant) as uow:
        await tenancy.add_member(uow, principal, "kim@example.com", "Kim", Role.ENGINEER, "correct horse battery")
        await uow.commit()
    right = {"tenant": tenant.slug, "email": "kim@example.com", "password": "correct horse battery"}
    async with http_client(own_app) as client:
        for wrong in ({"password": "wrong"}, {"tenant": "nobody"}, {"email": "no@example.com"}):
            answer = await client.post("/v1/session", json=right | wrong)
            assert (answer.status_code, answer.json()["code"]) == (401, "CREDENTIAL_REFUSED")
            assert "set-cookie" not in answer.headers
        answer = await client.post("/v1/session", json=right)
        assert answer.status_code == 200
        assert answer.json()["member"] == {"name": "Kim", "email": "kim@example.com", "role": "ENGINEER"}
        token = client.cookies[COOKIE]
        assert token not in answer.text
        assert (await client.post("/graphql", json={"query": "{ me { name } }"})).status_code == 200
        assert (await client.delete("/v1/session")).status_code == 204
        client.cookies.set(COOKIE, token)
        assert (await client.post("/graphql", json={"query": "{ me { name } }"})).status_code == 401


async def test_guessing_a_password_gets_slow(platform, tenant):
    app = make_app(platform.platform, failed_sign_ins=2, sign_in_wait_seconds=30)
    guess = {"tenant": tenant.slug, "email": "guessed@example.com", "password": "wrong"}
    async with http_client(app) as client:
        statuses = [(await client.post("/v1/session", json=guess)).status_code for _ in range(3)]
        assert statuses == [401, 401, 429]
        waits = await client.post("/v1/session", json=guess | {"email": "Guessed@Example.com"})
        assert (waits.status_code, waits.json()["code"]) == (429, "EXHAUSTED")
        assert 1 <= int(waits.headers["retry-after"]) <= 30
        assert (await client.post("/v1/session", json=guess | {"email": "other@example.com"})).status_code == 401


def test_waiting_ends_and_success_forgets():
    now = 100.0
    throttle = Throttle(2, 30.0, clock=lambda: now)
    for _ in range(2):
        throttle.check("a")
        throttle.failed("a")
    with pytest.raises(Exhausted) as caught:
        throttle.check("a")
    assert caught.value.retry_after == 30.0
    now = 131.0
    throttle.check("a")
    throttle.failed("a")
    throttle.check("a")
    throttle.failed("a")
    throttle.succeeded("a")
    throttle.check("a")


async def test_metrics_want_the_scrape_token(nobody, platform, tenant):
    key = await make_key(platform.platform, tenant)
    assert (await nobody.get("/metrics")).status_code == 401
    assert (await nobody.get("/metrics", headers={"Authorization": f"Bearer {key}"})).status_code == 401
    answer = await nobody.get("/metrics", headers={"Authorization": f"Bearer {SCRAPE_TOKEN}"})
    assert answer.status_code == 200
    assert 'andon_http_requests_total{method="GET"' in answer.text
    assert str(tenant.id) not in answer.text


async def test_without_a_scrape_token_nobody_reads_metrics(platform):
    async with http_client(make_app(platform.platform, scrape_token=None)) as client:
        for header in ("Bearer ", "Bearer None", ""):
            assert (await client.get("/metrics", headers={"Authorization": header})).status_code == 401


async def test_the_portal_is_served(nobody):
    page = await nobody.get("/")
    assert page.headers["cache-control"] == "no-cache"
    assert '<base href="/"' in page.text
    assert (await nobody.get("/app/anything/deep")).status_code == 404
    assert (await nobody.get("/fleet/drill-1")).text == page.text
    script = await nobody.get("/app/index-Ab12Cd34.js")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (await nobody.get("/robots.txt")).headers["cache-control"] == "no-cache"
    assert (await nobody.get("/v1/nothing")).status_code == 404
    assert (await nobody.post("/fleet")).status_code == 405
    for path in ("/..%2f..%2fetc/passwd", "/%2e%2e/app.py", "/app/../../app.py"):
        assert "import" not in (await nobody.get(path)).text


async def test_under_a_base_path(platform, portal):
    app = make_app(platform.platform, base_path="/andon", portal=portal)
    async with http_client(app) as client:
        assert '<base href="/andon/"' in (await client.get("/andon/fleet")).text
        assert (await client.get("/andon/healthz")).status_code == 200
        assert (await client.post("/andon/graphql", json={})).status_code == 401
        assert (await client.get("/healthz")).status_code == 404


async def test_a_key_has_its_scopes_only(own_app, platform, tenant):
    key = await make_key(platform.platform, tenant, Permission.INGEST, Permission.QUERY)
    async with http_client(own_app, Authorization=f"Bearer {key}") as client:
        answer = await client.post("/graphql", json={"query": "{ me { kind role permissions } }"})
        assert answer.json()["data"]["me"] == {"kind": "key", "role": None, "permissions": ["INGEST", "QUERY"]}
        refused = await client.post("/graphql", json={"query": "{ tenant { slug } }"})
    assert refused.json()["data"] is None
    assert refused.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
