import { _t } from "@web/core/l10n/translation";
import { LinkDialog } from "../../components/link_dialog/link_dialog";
import { messageCommands } from "./message_commands";

messageCommands.add(
    "link",
    {
        label: _t("Link to record"),
        icon: "fa-link",
        isAvailable: ({ message }) => Boolean(message),
        run: ({ message, env }) => env.services.dialog.add(LinkDialog, { message }),
    },
    { sequence: 60 }
);
