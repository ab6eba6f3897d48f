"""What the fake of Microsoft Graph understands: the documented requests of mail, and nothing else."""

import base64
import binascii
import itertools
import re
from urllib.parse import quote, unquote

from .graph_mail import file_part, from_fields, from_mime, given_part, part_json, read_properties
from .graph_mailbox import Enumeration
from .graph_query import (
    DATE_FILTER,
    FOLDER_FIELDS,
    MESSAGE_FIELDS,
    NAME_FILTER,
    PART_FIELDS,
    Refusal,
    Unknown,
    expand_of,
    filter_of,
    only,
    select_of,
)

_FOLDER, _MESSAGE = r"/mailFolders/([^/]+)", r"/messages/([^/]+)"


class GraphApi:
    """Answers requests for one service.

    :param server: says what is the matter today: ``page_cap``, ``partial``, ``replays``, ``expired``.
    """

    def __init__(self, server):
        self.server = server
        self._tokens, self._numbers = {}, itertools.count(1)

    def answer(self, mailbox, method, path, query, request):
        """:return: status and body: None, octets, or JSON.

        :param request: has ``max_page``, ``body`` (None, octets or JSON), ``root`` (address of the mailbox).
        """
        for verb, pattern, handler in self._ROUTES:
            match = re.fullmatch(pattern, path)
            if match and verb == method:
                with mailbox.lock:
                    return handler(self, mailbox, query, request, *map(unquote, match.groups()))
        raise Unknown(f"{method} {path}")

    # Folders

    def _list_folders(self, mailbox, query, request):
        only(query, "$select", "$expand", "$skiptoken")
        if token := query.get("$skiptoken"):
            only(query, "$skiptoken")
            query, folders, position = self._token(token)
        else:
            folders, position = list(mailbox.folders.values()), 0
        select, (properties, _parts) = select_of(query, FOLDER_FIELDS), expand_of(query)
        if properties and self.server.refuses_folder_expand:
            raise Refusal(400, "ErrorInvalidProperty")
        size = request.max_page or 10
        page = {"value": [folder.json(select, properties) for folder in folders[position:position + size]]}
        link = f"{request.root}/mailFolders/delta"
        if position + size < len(folders):
            page["@odata.nextLink"] = f"{link}?$skiptoken={self._keep(query, folders, position + size)}"
        else:
            page["@odata.deltaLink"] = f"{link}?$deltatoken={self._keep('folders')}"
        return 200, page

    def _get_folder(self, mailbox, query, request, key):
        only(query, "$select")
        return 200, self._folder(mailbox, key).json(select_of(query, FOLDER_FIELDS))

    def _make_folder(self, mailbox, query, request):
        only(query)
        body = _json(request)
        if body.keys() != {"displayName"}:
            raise Unknown(f"folder {body}")
        name = body["displayName"]
        if any(folder.name.casefold() == name.casefold() and folder.parent is None for folder in mailbox.folders.values()):
            raise Refusal(409, "ErrorFolderExists", "A folder with the specified name already exists.")
        return 201, mailbox.make_folder(name).json(None)

    # Collections of messages

    def _list_messages(self, mailbox, query, request, key):
        only(query, "$select", "$expand", "$filter", "$orderby", "$top", "$skip", "$count", "$skiptoken")
        folder = self._folder(mailbox, key)
        if token := query.get("$skiptoken"):
            only(query, "$skiptoken")
            query, position = self._token(token)
        else:
            position = int(query.get("$skip", 0))
        keeps = filter_of(query, NAME_FILTER, DATE_FILTER)
        found = [message for message in folder.messages.values() if keeps(message)]
        order = query.get("$orderby")
        if order:
            if order not in ("receivedDateTime desc", "createdDateTime desc"):
                raise Unknown(f"$orderby {order}")
            field = order.partition(" ")[0]
            if query.get("$filter") and not query["$filter"].startswith(field):
                raise Refusal(400, "InefficientFilter")
            found.sort(key=lambda message: (message.fields[field], message.id), reverse=True)
        size = min(int(query.get("$top", 10)), 1000)
        page = self._messages(found[position:position + size], query)
        if query.get("$count") == "true":
            page["@odata.count"] = len(found)
        if position + size < len(found):
            page["@odata.nextLink"] = (
                f"{request.root}/mailFolders/{quote(key)}/messages?$skiptoken={self._keep(query, position + size)}")
        return 200, page

    def _delta(self, mailbox, query, request, key):
        folder = self._folder(mailbox, key)
        token = query.get("$skiptoken") or query.get("$deltatoken")
        if token:
            only(query, "$skiptoken", "$deltatoken")
            if len(query) != 1:
                raise Unknown("a token and more")
            of_folder, stand, position = self._token(token)
            if of_folder is not folder:
                raise Refusal(400, "ErrorInvalidUrlQuery", "The token is another folder's.")
            query = stand.query
        else:
            only(query, "$select", "$expand", "$filter", "$orderby")
            if query.get("$orderby", "receivedDateTime desc") != "receivedDateTime desc":
                raise Unknown(f"$orderby {query['$orderby']}")
            if self.server.refuses_part_expand and expand_of(query)[1]:
                raise Refusal(400, "ErrorInvalidProperty")
            stand, position = Enumeration(folder, query, filter_of(query, DATE_FILTER)), 0
        size = min(request.max_page or 10, self.server.page_cap)
        is_round = not isinstance(stand, Enumeration)
        there, gone, (stand_after, position_after) = stand.page(size, position)
        page = self._messages(there, query)
        if is_round and self.server.partial:
            page["value"] = [
                _torn(item) if folder.present[message.id][0] <= position else item
                for item, message in zip(page["value"], there, strict=True)]
        page["value"] += [{"id": each, "@removed": {"reason": "deleted"}} for each in gone]
        if self.server.replays:
            page["value"] = [*page["value"], *page["value"][:2]]
        is_last = stand_after is not stand and not isinstance(stand_after, Enumeration)
        kind, name = ("deltaLink", "deltatoken") if is_last else ("nextLink", "skiptoken")
        token = self._keep(folder, stand_after, position_after)
        page[f"@odata.{kind}"] = f"{request.root}/mailFolders/{quote(key)}/messages/delta?${name}={token}"
        return 200, page

    def _post_message(self, mailbox, query, request, key="drafts"):
        only(query)
        folder = self._folder(mailbox, key)
        if isinstance(request.body, bytes):
            message = from_mime(_mime(request.body), self.server.now(), isDraft=True, isRead=True)
        else:
            try:
                message = from_fields(_json(request), self.server.now())
            except (ValueError, KeyError, binascii.Error) as error:
                raise Unknown(f"message {error}") from None
        return 201, mailbox.put(folder, message).json(None)

    # Single messages

    def _get_message(self, mailbox, query, request, key):
        only(query, "$select", "$expand")
        select, (properties, parts) = select_of(query, MESSAGE_FIELDS), expand_of(query)
        return 200, self._message(mailbox, key).json(select, properties, parts)

    def _patch_message(self, mailbox, query, request, key):
        only(query)
        message, body = self._message(mailbox, key), _json(request)
        drafted = {"internetMessageId"} if message.fields["isDraft"] else set()
        if body.keys() - {"isRead", "flag", "categories", "singleValueExtendedProperties", *drafted}:
            raise Unknown(f"PATCH {body}")
        body = dict(body)
        properties = read_properties(body.pop("singleValueExtendedProperties", ()))
        if 0x0E07 in properties:
            raise Refusal(400, "ErrorInvalidPropertySet")
        mailbox.change(message, body, properties)
        return 200, message.json(None)

    def _move(self, mailbox, query, request, key):
        only(query)
        message, body = self._message(mailbox, key), _json(request)
        if body.keys() != {"destinationId"}:
            raise Unknown(f"move {body}")
        mailbox.move(message, self._folder(mailbox, body["destinationId"]))
        return 201, message.json(None)

    def _delete_for_good(self, mailbox, query, request, key):
        only(query)
        mailbox.take_out(self._message(mailbox, key))
        return 204, None

    def _octets(self, mailbox, query, request, folder, key):
        only(query)
        return 200, self._message(mailbox, key, folder).octets()

    def _list_parts(self, mailbox, query, request, key):
        only(query, "$select")
        select = select_of(query, PART_FIELDS)
        return 200, {"value": [part_json(part, select or PART_FIELDS) for part in self._message(mailbox, key).attachments]}

    def _part_octets(self, mailbox, query, request, folder, key, part_key):
        only(query)
        for part in self._message(mailbox, key, folder).attachments:
            if part["id"] == part_key:
                return 200, part["content"]
        raise Refusal(404, "ErrorItemNotFound")

    def _attach(self, mailbox, query, request, key):
        only(query)
        message = self._message(mailbox, key)
        try:
            part = given_part(_json(request))
        except (ValueError, KeyError, binascii.Error) as error:
            raise Unknown(f"attachment {error}") from None
        if part["size"] > 3 * 1024 * 1024:
            raise Refusal(413, "ErrorMessageSizeExceeded")
        message.attachments.append(part)
        mailbox.change(message)
        return 201, part_json(part, PART_FIELDS)

    def _begin_upload(self, mailbox, query, request, key):
        only(query)
        item = _json(request).get("AttachmentItem")
        if not item or item.keys() - {"attachmentType", "name", "size", "contentType", "isInline", "contentId"}:
            raise Unknown(f"upload session {item}")
        token = self._keep(mailbox, self._message(mailbox, key), item, bytearray())
        return 201, {"uploadUrl": f"{self.server.upload_url}/{token}", "nextExpectedRanges": ["0-"]}

    def take_piece(self, token, reach, content):
        """A piece of an attachment, from whoever has the address.

        :param str reach: the Content-Range.
        """
        mailbox, message, item, so_far = self._token(token)
        match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", reach)
        first, last, total = map(int, match.groups()) if match else (-1, -1, -1)
        is_last = last + 1 == total
        if first != len(so_far) or last - first + 1 != len(content) or total != item["size"] or len(content) > 4 * 1024 * 1024:
            raise Unknown(f"piece {reach}")
        if not is_last and len(content) % (320 * 1024):
            raise Unknown(f"piece of {len(content)} octets")
        so_far += content
        if not is_last:
            return 200, {"nextExpectedRanges": [f"{last + 1}-"]}
        message.attachments.append(file_part(
            item["name"], item.get("contentType"), bytes(so_far), item.get("isInline", False), item.get("contentId"), False))
        mailbox.change(message)
        return 201, None

    def _send_draft(self, mailbox, query, request, key):
        only(query)
        message = self._message(mailbox, key)
        if not message.fields["isDraft"]:
            raise Refusal(403, "ErrorAccessDenied")
        message.fields.update(isDraft=False, isRead=True)
        mailbox.sent.append(message.octets())
        mailbox.move(message, mailbox.well_known["sentitems"])
        return 202, None

    def _send(self, mailbox, query, request):
        only(query)
        if not isinstance(request.body, bytes):
            raise Unknown("sendMail without MIME")
        raw = _mime(request.body)
        mailbox.sent.append(raw)
        mailbox.deliver(mailbox.well_known["sentitems"], raw, isRead=True)
        return 202, None

    _ROUTES = (
        ("GET", "/mailFolders/delta", _list_folders),
        ("POST", "/mailFolders", _make_folder),
        ("GET", _FOLDER, _get_folder),
        ("GET", f"{_FOLDER}/messages/delta", _delta),
        ("GET", f"{_FOLDER}/messages", _list_messages),
        ("POST", f"{_FOLDER}/messages", _post_message),
        ("GET", _MESSAGE, _get_message),
        ("PATCH", _MESSAGE, _patch_message),
        ("POST", f"{_MESSAGE}/move", _move),
        ("POST", f"{_MESSAGE}/permanentDelete", _delete_for_good),
        ("GET", rf"{_FOLDER}{_MESSAGE}/\$value", _octets),
        ("GET", f"{_MESSAGE}/attachments", _list_parts),
        ("GET", rf"{_FOLDER}{_MESSAGE}/attachments/([^/]+)/\$value", _part_octets),
        ("POST", "/messages", _post_message),
        ("POST", f"{_MESSAGE}/attachments", _attach),
        ("POST", f"{_MESSAGE}/attachments/createUploadSession", _begin_upload),
        ("POST", f"{_MESSAGE}/send", _send_draft),
        ("POST", "/sendMail", _send),
    )

    def expire_tokens(self):
        """The service forgets whom it told what."""
        self._tokens.clear()

    def _keep(self, *stand):
        token = f"T{next(self._numbers)}-{len(self._tokens):x}"
        self._tokens[token] = stand
        return token

    def _token(self, token):
        if token not in self._tokens:
            raise Refusal(410, "SyncStateNotFound", "The sync state is not found.")
        return self._tokens[token]

    def _messages(self, messages, query):
        select, (properties, parts) = select_of(query, MESSAGE_FIELDS), expand_of(query)
        return {"value": [message.json(select, properties, parts) for message in messages]}

    def _folder(self, mailbox, key):
        folder = mailbox.folder(key)
        if folder is None:
            raise Refusal(404, "ErrorItemNotFound") if key.startswith("AA") else Refusal(400, "ErrorInvalidIdMalformed")
        return folder

    def _message(self, mailbox, key, folder=None):
        within = self._folder(mailbox, folder) if folder else None
        message = mailbox.message(key)
        if message is None or within not in (None, message.folder):
            raise Refusal(404, "ErrorItemNotFound") if key.startswith("AA") else Refusal(400, "ErrorInvalidIdMalformed")
        return message


def _torn(item):
    """Of a message told before, the service may tell little more than what changed."""
    return {name: item[name] for name in ("@odata.etag", "id", "isRead", "flag") if name in item}


def _json(request):
    if not isinstance(request.body, dict):
        raise Unknown("a body that is no JSON object")
    return request.body


def _mime(body):
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        raise Refusal(400, "ErrorMimeContentInvalidBase64String") from None
