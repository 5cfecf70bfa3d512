import pytest
from rest_framework.test import APIClient

from cms_news.api import negotiation

LONG = ",".join(f"text/x-{number}" for number in range(100))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accepted", "status"),
    [
        ("", 200),
        ("*/*", 200),
        ("application/json", 200),
        ("application/*; q=0.5", 200),
        ("text/html, application/xhtml+xml , */*;q=0.8", 200),
        ("text/html", 406),
        ("nonsense", 406),
        (LONG, 406),
        (f"{LONG},application/json", 200),
    ],
)
def test_only_the_accept_header_decides(accepted: str, status: int) -> None:
    client = APIClient()
    # Twice, as what was decided once is remembered.
    for _time in range(2):
        response = client.get("/api/v1/articles/", headers={"accept": accepted} if accepted else {})
        assert response.status_code == status


def test_nothing_long_is_remembered() -> None:
    negotiation._choose.cache_clear()
    request = type("Request", (), {"META": {"HTTP_ACCEPT": f"{LONG},application/json"}})()
    renderer = type("Renderer", (), {"media_type": "application/json"})()
    chosen = negotiation.AcceptNegotiation().select_renderer(request, [renderer])
    assert chosen == (renderer, "application/json")
    assert negotiation._choose.cache_info().currsize == 0
