"""How sign-in behaves here: nobody signs up, an identity provider opens existing accounts only."""

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from chaland.access.models import User

if TYPE_CHECKING:
    from allauth.socialaccount.models import SocialLogin


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """Accounts are made by an administrator."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Say no."""
        del request
        return False


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # the same
    """Whoever signs in through OpenID Connect needs an account with the same verified address."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: "SocialLogin") -> bool:
        """Say no."""
        del request, sociallogin
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: "SocialLogin") -> None:
        """Join the provider's identity to the account with its verified e-mail address.

        Raises ImmediateHttpResponse, back to the sign-in page, when there is none.
        """
        if sociallogin.is_existing or request.user.is_authenticated:
            return
        user = self._user_of(sociallogin)
        if user is None:
            messages.error(request, _("There is no account for this identity here."))
            raise ImmediateHttpResponse(redirect("account_login"))
        sociallogin.connect(request, user)

    def _user_of(self, sociallogin: "SocialLogin") -> User | None:
        addresses: list[Any] = list(sociallogin.email_addresses)
        verified = [item.email.lower() for item in addresses if item.verified]
        return User.objects.filter(email__in=verified, is_active=True).first()
