"""Forms about sister instances."""

import re

from wtforms import BooleanField, HiddenField, StringField, ValidationError
from wtforms.validators import Length

from coopcircuits.federation.hosts import is_instance
from coopcircuits.federation.signing import decode_base64url
from coopcircuits.forms import Form, Required
from coopcircuits.i18n import gettext, lazy


def _host(typed: str | None) -> str:
    """What people paste as a host name: without scheme, path or capitals; other alphabets in their ASCII form."""
    bare = re.sub(r"^https?://", "", (typed or "").strip().lower()).split("/")[0]
    try:
        return bare if bare.isascii() else bare.encode("idna").decode("ascii")
    except UnicodeError:
        return bare


class HostForm(Form):
    host = StringField(
        lazy("Address of the sister instance"),
        [Required(), Length(max=253)],
        filters=[_host],
        description=lazy("Its host name, for example coop.example.org."),
    )

    def validate_host(self, field: StringField) -> None:
        if not is_instance(field.data or ""):
            raise ValidationError(gettext("This is not a host name. Write for example coop.example.org."))


class ConfirmForm(HostForm):
    """Somebody compared the fingerprint and pins the root key."""

    root_key = HiddenField()
    compared = BooleanField(lazy("We compared the six groups by voice, and they are the same."))

    def validate_compared(self, field: BooleanField) -> None:
        if not field.data:
            raise ValidationError(
                gettext("Compare the fingerprint with somebody of that instance: nothing else proves who answers.")
            )

    @property
    def pinned_root(self) -> bytes | None:
        """The root key whose fingerprint was shown; nothing where the form was tampered with."""
        try:
            return decode_base64url(self.root_key.data or "", 32)
        except ValueError:
            return None
