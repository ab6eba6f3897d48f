import { _t } from "@web/core/l10n/translation";
import { FolderCommand } from "../../components/folder_command/folder_command";
import { folderIcon, folderPath, nestFolders } from "./folders";

/** Folders as the tree shows them, from top to bottom. */
function inTreeOrder(account) {
    const walk = (nodes) => nodes.flatMap(({ folder, children }) => [folder, ...walk(children)]);
    return walk(nestFolders(account.folders));
}

/**
 * Have the person choose a folder by its name; Odoo's command palette finds it by any letters of it.
 *
 * @param {object} env
 * @param {object} account
 * @param {object[]} folders those to choose from
 * @param {(folder: object) => any} onPick
 */
export function pickFolder(env, account, folders, onPick) {
    const commands = inTreeOrder(account)
        .filter((folder) => folders.includes(folder))
        .map((folder) => ({
            name: folderPath(account, folder),
            Component: FolderCommand,
            props: { icon: folderIcon(folder) },
            action: () => {
                // the palette takes what an action returns for what to show next
                onPick(folder);
            },
        }));
    env.services.command.openPalette({
        configByNamespace: {
            default: {
                placeholder: _t("Move to folder…"),
                emptyMessage: _t("No folder of that name"),
            },
        },
        providers: [{ provide: () => commands }],
    });
}
