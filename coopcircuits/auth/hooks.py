"""What higher floors do when somebody signs in: the guest's basket becomes theirs."""

from collections.abc import Callable

from sqlalchemy.orm import Session

#: Called in the transaction of the log-in with the value of the guest's visitor cookie and the person's id.
SignInHook = Callable[[Session, str, int], None]

_hooks: list[SignInHook] = []


def on_sign_in(hook: SignInHook) -> SignInHook:
    """Register ``hook(session, visitor, user_id)``; if it raises, nobody is signed in."""
    if hook not in _hooks:
        _hooks.append(hook)
    return hook


def run(session: Session, *, visitor: str, user_id: int) -> None:
    """Hand what a guest prepared in this browser over to the person who signs in."""
    for hook in _hooks:
        hook(session, visitor, user_id)
