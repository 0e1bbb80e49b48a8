"""What the hosted pages say. The sandbox plays a foreign system, so it has its own dictionary, not our catalogues."""

from collections.abc import Mapping
from decimal import Decimal

from babel.numbers import format_currency, get_currency_precision
from flask import request

ENGLISH = {
    "sandbox": "Sandbox: no real money",
    "play": "This page stands in for the payment provider. Real cards do not work here.",
    "pay_title": "Pay by card",
    "to": "To",
    "number": "Card number",
    "expiry": "Expiry date (MM/YY)",
    "cvc": "Security code (CVC)",
    "pay": "Pay",
    "debit_title": "Pay by direct debit",
    "iban": "IBAN",
    "iban_hint": "FR14 2004 1010 0505 0001 3M02 606 pays, FR84 2004 1010 0505 0001 3M02 607 does not.",
    "debit": "Sign the mandate and pay",
    "unknown_iban": "Only the two test accounts named below exist here.",
    "back": "Back to the shop, without paying",
    "cards": "Test cards",
    "card_ok": "is accepted",
    "card_auth": "asks for authentication",
    "card_no": "is declined",
    "card_funds": "has insufficient funds",
    "card_hint": "Any expiry date to come, any three digits as security code.",
    "missing": "Please fill in this field.",
    "unknown_card": "Only the test cards listed below exist here.",
    "bad_expiry": "Write the month and the year, such as 12/34.",
    "past_expiry": "This date is in the past.",
    "bad_cvc": "Three or four digits.",
    "card_declined": "The bank declined this card. Nothing was paid: try another card.",
    "insufficient_funds": "There is not enough money on this account. Nothing was paid: try another card.",
    "expired_card": "The bank says that this card has expired. Nothing was paid.",
    "incorrect_cvc": "The bank says that this code is wrong. Nothing was paid.",
    "processing_error": "The bank could not handle the payment. Nothing was paid: try again.",
    "payment_intent_authentication_failure": "Your bank was not able to confirm that it is you. Nothing was paid.",
    "errors": "Please look at this again:",
    "auth_title": "Your bank asks: is it you?",
    "auth_text": "At a real bank you would now confirm in its application or with a code.",
    "accept": "Yes, I confirm this payment",
    "refuse": "No, refuse",
    "done_title": "This is already paid",
    "done_text": "You have nothing left to do here.",
    "done_link": "See the order",
    "expired_title": "This payment page has expired",
    "expired_text": "Nothing was paid. Go back to the shop to start again.",
    "expired_link": "Back to the shop",
    "absent_title": "There is nothing here",
    "absent_text": "This address names no payment.",
    "connect_title": "Receive card payments",
    "connect_text": "At a real provider the shop’s owner would give here their identity and their bank account.",
    "connect_yes": "Activate card payments",
    "connect_later": "Later",
}
FRENCH = {
    "sandbox": "Bac à sable\u202f: aucun argent réel",
    "play": "Cette page tient lieu de prestataire de paiement. Les vraies cartes n’y fonctionnent pas.",
    "pay_title": "Payer par carte",
    "to": "À",
    "number": "Numéro de carte",
    "expiry": "Date d’expiration (MM/AA)",
    "cvc": "Code de sécurité (CVC)",
    "pay": "Payer",
    "debit_title": "Payer par prélèvement",
    "iban": "IBAN",
    "iban_hint": "FR14 2004 1010 0505 0001 3M02 606 paie, FR84 2004 1010 0505 0001 3M02 607 refuse.",
    "debit": "Signer le mandat et payer",
    "unknown_iban": "Seuls les deux comptes d’essai ci-dessous existent ici.",
    "back": "Revenir à la boutique sans payer",
    "cards": "Cartes d’essai",
    "card_ok": "est acceptée",
    "card_auth": "demande une authentification",
    "card_no": "est refusée",
    "card_funds": "n’a pas assez de provision",
    "card_hint": "N’importe quelle date à venir, n’importe quel code à trois chiffres.",
    "missing": "Merci de remplir ce champ.",
    "unknown_card": "Seules les cartes d’essai ci-dessous existent ici.",
    "bad_expiry": "Écrivez le mois et l’année, par exemple 12/34.",
    "past_expiry": "Cette date est passée.",
    "bad_cvc": "Trois ou quatre chiffres.",
    "card_declined": "La banque a refusé cette carte. Rien n’a été payé\u202f: essayez une autre carte.",
    "insufficient_funds": "La provision de ce compte ne suffit pas. Rien n’a été payé\u202f: essayez une autre carte.",
    "expired_card": "La banque répond que cette carte a expiré. Rien n’a été payé.",
    "incorrect_cvc": "La banque répond que ce code est faux. Rien n’a été payé.",
    "processing_error": "La banque n’a pas pu traiter le paiement. Rien n’a été payé\u202f: réessayez.",
    "payment_intent_authentication_failure": "Votre banque n’a pas pu confirmer que c’est vous. Rien n’a été payé.",
    "errors": "Merci de revoir\u202f:",
    "auth_title": "Votre banque demande\u202f: est-ce bien vous\u202f?",
    "auth_text": "Une vraie banque vous ferait confirmer dans son application ou avec un code.",
    "accept": "Oui, je confirme ce paiement",
    "refuse": "Non, refuser",
    "done_title": "C’est déjà payé",
    "done_text": "Vous n’avez plus rien à faire ici.",
    "done_link": "Voir la commande",
    "expired_title": "Cette page de paiement a expiré",
    "expired_text": "Rien n’a été payé. Revenez à la boutique pour recommencer.",
    "expired_link": "Revenir à la boutique",
    "absent_title": "Il n’y a rien ici",
    "absent_text": "Cette adresse ne désigne aucun paiement.",
    "connect_title": "Recevoir des paiements par carte",
    "connect_text": "Un vrai prestataire demanderait ici l’identité et le compte bancaire de la boutique.",
    "connect_yes": "Activer les paiements par carte",
    "connect_later": "Plus tard",
}


def language(locale: str | None) -> str:
    """``fr`` or ``en``: the session's, else the browser's."""
    if locale in (None, "auto"):
        return request.accept_languages.best_match(["fr", "en"]) or "fr"
    return "fr" if str(locale).startswith("fr") else "en"


def words(code: str) -> Mapping[str, str]:
    """The dictionary of a language."""
    return FRENCH if code == "fr" else ENGLISH


def amount(minor: int, currency: str, code: str) -> str:
    """An amount of money as people of this language write it."""
    value = Decimal(minor).scaleb(-get_currency_precision(currency.upper()))
    return format_currency(value, currency.upper(), locale=code).replace("\xa0", "\u202f")
