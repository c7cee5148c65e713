"""Rules of secrets and addresses."""

import pytest

from services.tenancy import model
from services.tenancy.errors import CredentialRefused, EmailInvalid, PasswordTooShort, SlugInvalid


def test_key_is_recognised_by_shape_alone():
    key = model.new_key_secret()
    assert model.check_key_shape(key) == key
    assert len(key) == len("andon_") + 8 + 1 + 32 + 6
    assert model.shown_part(key) == key[:14]


@pytest.mark.parametrize("position", [6, 10, 20, 40, 50])
def test_a_typing_error_is_seen_without_a_look_up(position: int):
    key = model.new_key_secret()
    wrong = "a" if key[position] != "a" else "b"
    with pytest.raises(CredentialRefused):
        model.check_key_shape(key[:position] + wrong + key[position + 1 :])


@pytest.mark.parametrize("key", ["", "andon", "andon__", "andon_12345678_", "ghp_12345678_" + "a" * 38, "andon_ä_ä"])
def test_what_is_no_key_is_refused(key: str):
    with pytest.raises(CredentialRefused):
        model.check_key_shape(key)


@pytest.mark.parametrize("slug", ["ab", "Acme", "1acme", "acme-", "a" * 41, "ac_me", "../x", ""])
def test_slug_is_safe_in_an_address(slug: str):
    with pytest.raises(SlugInvalid):
        model.check_slug(slug)


def test_slug_and_email_pass():
    assert model.check_slug("acme-2") == "acme-2"
    assert model.check_email(" Ada@Example.COM ") == "ada@example.com"


@pytest.mark.parametrize("email", ["", "ada", "a@b@c", "a b@c", "a@" + "b" * 254])
def test_email_is_checked(email: str):
    with pytest.raises(EmailInvalid):
        model.check_email(email)


def test_password_has_a_length():
    assert model.check_password("x" * 12) == "x" * 12
    with pytest.raises(PasswordTooShort):
        model.check_password("x" * 11)
