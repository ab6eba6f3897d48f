import {
    Component,
    onMounted,
    onPatched,
    onWillPatch,
    onWillRender,
    onWillUnmount,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { useVirtualGrid } from "@web/core/virtual_grid_hook";
import { folderLabel, isOutgoing } from "../../core/tree/folders";
import { dateSection } from "../../core/formats";
import {
    ROW_HEIGHT,
    ROW_HEIGHT_TOUCH,
    keepInSight,
    layOut,
    rowsInSight,
    scrollFor,
} from "../../core/list/list_layout";
import { useDragToFolder } from "./drag_to_folder_hook";
import { useLongPress } from "./long_press_hook";
import { MessageRow } from "./message_row";

/** Rows before the end at which the next page is asked for. */
const AHEAD = 25;
/** Milliseconds new mail is shown as new. */
const FRESH_TIME = 2000;
/** Milliseconds of rest until a mail the keyboard is on is opened: who runs through the list opens none. */
export const OPEN_DELAY = 120;

/** The rows of one query. Only what is in sight is in the page, whatever the folder holds. */
export class MessageScroller extends Component {
    static template = "maildesk.MessageScroller";
    static components = { MessageRow };
    static props = {};

    setup() {
        this.store = useState(useService("maildesk").store);
        this.list = this.store.list;
        this.scroller = useRef("scroller");
        this.grid = useVirtualGrid({
            scrollableRef: this.scroller,
            initialScroll: { top: this.list.view.top },
            bufferCoef: 0.5,
        });
        this.openSoon = useDebounced((id) => this._openUnlessTicking(id), OPEN_DELAY);
        this.refreshSoon = useDebounced(() => this.list.refreshView(), 300);
        this._useLayout();
        this._useFresh();
        this._useKeys();
        this._useFocus();
        useDragToFolder(this.scroller, this.store, () => !this.env.isSmall);
        this.longPress = useLongPress(this.scroller, ".o_maildesk_row", (element) =>
            this.store.selection.toggle(Number(element.dataset.id))
        );
        useEffect(
            (last, count) => {
                if (last >= count - AHEAD) {
                    this.list.loadMore();
                }
            },
            () => [this.grid.rowsIndexes?.[1], this.layout.items.length]
        );
        let shownId = this.store.selectedId;
        useEffect(
            (id) => {
                // coming back finds the list where it was left, not where the selection is
                if (id !== shownId) {
                    shownId = id;
                    this._showSelected();
                }
            },
            () => [this.store.selectedId]
        );
    }

    // -------------------------------------------------------------------------
    // What is where
    // -------------------------------------------------------------------------

    _useLayout() {
        let scrollTo = this.list.view.top;
        // dates are slow to read, and every page that comes lays out the whole list
        let sections = new WeakMap();
        const sectionOf = (row) => {
            if (!sections.has(row)) {
                sections.set(row, dateSection(row.date));
            }
            return sections.get(row);
        };
        onWillRender(() => {
            const { rows } = this.list;
            const rowHeight = this.env.isSmall ? ROW_HEIGHT_TOUCH : ROW_HEIGHT;
            const today = luxon.DateTime.now().toISODate();
            const basis = [rows, rowHeight, today];
            if (this.basis?.every((value, index) => value === basis[index])) {
                return;
            }
            if (this.basis?.at(-1) !== today) {
                sections = new WeakMap();
            }
            this.basis = basis;
            const before = this.layout;
            this.layout = layOut(rows, sectionOf, rowHeight);
            this.grid.setRowsHeights(this.layout.items.map((item) => item.height));
            const top = this.scroller.el?.scrollTop;
            if (before && top) {
                scrollTo = keepInSight(before, this.layout, top);
            }
        });
        const settle = () => {
            const { el } = this.scroller;
            if (el && scrollTo !== null) {
                el.scrollTop = scrollTo;
                scrollTo = null;
                this._noteView();
            }
        };
        onMounted(settle);
        onPatched(settle);
    }

    get visibleItems() {
        const [first, last] = this.grid.rowsIndexes ?? [];
        return first === undefined ? [] : this.layout.items.slice(first, last + 1);
    }

    /** Tell the store what is in sight: that is what a refresh asks for again. */
    _noteView() {
        const { el } = this.scroller;
        if (el) {
            Object.assign(this.list.view, rowsInSight(this.layout, el.scrollTop, el.clientHeight));
        }
    }

    onScroll() {
        this._noteView();
        this.refreshSoon();
        if (this.scroller.el.scrollTop < ROW_HEIGHT && this.list.fresh.size) {
            this._forgetFreshSoon();
        }
    }

    _showSelected() {
        const { el } = this.scroller;
        const item = this.layout.rowItems[this.store.selectedIndex];
        if (el && item) {
            el.scrollTop = scrollFor(item, el.scrollTop, el.clientHeight);
        }
    }

    // -------------------------------------------------------------------------
    // New mail
    // -------------------------------------------------------------------------

    _useFresh() {
        let timer;
        this._forgetFreshSoon = () => {
            browser.clearTimeout(timer);
            timer = browser.setTimeout(() => this.list.forgetFresh(), FRESH_TIME);
        };
        useEffect(
            (count) => {
                if (count && !this.list.view.top) {
                    this._forgetFreshSoon();
                }
            },
            () => [this.list.fresh.size]
        );
        onWillUnmount(() => browser.clearTimeout(timer));
    }

    /** New mail above what is in sight. */
    get unseenWords() {
        const count = this.list.fresh.size;
        if (!count || !this.list.view.top) {
            return "";
        }
        return count === 1 ? _t("1 new message") : _t("%s new messages", count);
    }

    scrollToTop() {
        this.scroller.el.scrollTo({ top: 0, behavior: "smooth" });
        this._forgetFreshSoon();
    }

    // -------------------------------------------------------------------------
    // Keyboard
    // -------------------------------------------------------------------------

    _useKeys() {
        const inList = { area: () => this.scroller.el, allowRepeat: true };
        useHotkey("j", () => this.step(1), { allowRepeat: true });
        useHotkey("k", () => this.step(-1), { allowRepeat: true });
        useHotkey("arrowdown", () => this.step(1), inList);
        useHotkey("arrowup", () => this.step(-1), inList);
        useHotkey("enter", () => this.openSelected(), inList);
        useHotkey("control+a", () => this.selectAll(), inList);
    }

    step(direction) {
        const id = this.store.selectNeighbour(direction);
        // decided now: what is ticked may have been let go when the time to open it comes
        if (id !== undefined && !this.store.selectedRows.length) {
            this.openSoon(id);
        }
    }

    /** Who walks through the list to tick rows reads none of them. */
    _openUnlessTicking(id) {
        if (!this.store.selectedRows.length) {
            this.store.open(id);
        }
    }

    openSelected() {
        if (this.store.selectedIndex >= 0) {
            this.open(this.store.selectedId);
        }
    }

    selectAll() {
        this.store.selection.take(this.list.rows.map((row) => row.id));
    }

    open(id) {
        this.openSoon.cancel();
        this.store.selection.clear();
        this.store.open(id);
    }

    /** The keyboard stays in the list when the row it was in goes away, and comes back to it from a phone's mail. */
    _useFocus() {
        const focus = () => this.scroller.el.focus({ preventScroll: true });
        let hadFocus = false;
        onMounted(() => {
            const isBack = this.env.isSmall && this.store.selectedId !== null;
            if (isBack && document.activeElement === document.body) {
                focus();
            }
        });
        onWillPatch(() => {
            hadFocus = this.scroller.el.contains(document.activeElement);
        });
        onPatched(() => {
            if (hadFocus && !this.scroller.el.contains(document.activeElement)) {
                focus();
            }
        });
    }

    // -------------------------------------------------------------------------
    // Ticking
    // -------------------------------------------------------------------------

    onRowClick(id, ev) {
        if (this.longPress.isOver()) {
            return;
        }
        const isTicking = this.env.isSmall && this.store.selectedRows.length;
        if (ev.shiftKey || ev.ctrlKey || ev.metaKey || isTicking) {
            this._tick(id, ev);
        } else {
            this.open(id);
        }
    }

    onRowTick(id, ev) {
        if (!this.longPress.isOver()) {
            this._tick(id, ev);
        }
    }

    _tick(id, ev) {
        const { selection, selectedId } = this.store;
        this.openSoon.cancel();
        if (ev.shiftKey) {
            selection.extend(this.list.rows, id, selectedId);
        } else {
            selection.toggle(id);
        }
    }

    /** Ticked rows are what is marked; without any, the one the keyboard is on. */
    isMarked(row) {
        const { selection, selectedRows, selectedId } = this.store;
        return selectedRows.length ? selection.ids.has(row.id) : row.id === selectedId;
    }

    // -------------------------------------------------------------------------
    // What a row says
    // -------------------------------------------------------------------------

    isOutgoing(row) {
        return isOutgoing(this.store.folder(row.folder_id));
    }

    /** Where a row is from, as far as that is not plain: which of several mailboxes, which folder but the inbox. */
    origin(row) {
        if (this.list.folderId !== null) {
            return undefined;
        }
        const { account, folder } = this.store.placeOf(row);
        const names = [
            this.store.accounts.length > 1 && account?.name,
            folder && folder.role !== "inbox" && folderLabel(folder),
        ];
        return names.filter(Boolean).join(" · ") || undefined;
    }

    get isUnchecked() {
        return this.list.status === "loading" && this.list.rows.length > 0;
    }
}
