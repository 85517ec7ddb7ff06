"""
ConnectWise PSA (Manage): opportunities that were won, and tickets that people answer in.

What the vendor does not say, or says differently from case to case, is assumed in one place each:

- `keys.KEY_PATH`: where signing keys live. Whether reading one needs credentials is told differently: with ours first,
  then without any.
- `api.START_OF_LIST`, `api.SHORT_PAGE`: lists take conditions on `id`, are ordered by it, and no page but the last is
  shorter than the smallest page there is.
- `settings.KEYS`: which of a product's names is trusted most (option `keys`).
- `lookup.RECORD`: the address of an opportunity in the browser.
- `settings.OLDEST_DAYS`: an opportunity that was won longer ago than that before it is read is history (`oldest_days`).
- `quoted.OUR_MARK`: how a note of ours is told where `member` is not set.
- `registration.LEVELS`: a callback for everything has level `owner` and object 1.

Options of `ToolAccess`, all of which may be left out: `member` (identifier of our API member), `key_host` (where keys
are read if not at the host of `base_url`), `board` (id of the only board whose tickets matter), `keys`, `vendors`
(`Pax8 Inc=pax8;Acme=`: whose products go to which marketplace), `not_recurring` (`order`: keep lines that are not
recurring), `commitment_field`, `term_field` (captions of a product's custom fields), `date_field` (caption of an
opportunity's custom field), `oldest_days`. `accepted` and `lost` are ticket statuses; empty, no ticket is a quote.
"""

from events.sources.connectwise.tool import ConnectWise, make

__all__ = ["ConnectWise", "make"]
