/**
 * Rules for the modules below static/. Odoo bundles them itself: `@odoo/owl`, `@web/…` and `@maildesk/…` are names of its
 * own loader, so nothing here resolves imports.
 *
 * The packages live in a cache folder outside the checkout, beside the eslint that runs: they are looked for from there,
 * and only then, for editors, in a node_modules beside this file or above.
 */
import { createRequire } from "node:module";

function load(name) {
    for (const place of [process.argv[1], import.meta.url]) {
        try {
            return createRequire(place)(name);
        } catch (error) {
            if (error.code !== "MODULE_NOT_FOUND" && error.code !== "ERR_INVALID_ARG_VALUE") {
                throw error;
            }
        }
    }
    throw new Error(`${name} is missing: run npm install in the folder eslint was installed in`);
}

const js = load("@eslint/js");
const globals = load("globals");

const wrong = {
    "array-callback-return": "error",
    "no-await-in-loop": "warn",
    "no-constructor-return": "error",
    "no-promise-executor-return": "error",
    "no-self-compare": "error",
    "no-template-curly-in-string": "error",
    "no-unmodified-loop-condition": "error",
    "no-unreachable-loop": "error",
    "no-use-before-define": ["error", { functions: false, classes: true, variables: true }],
    "require-atomic-updates": ["error", { allowProperties: true }],
};

// A mail client shows strangers' text: whatever turns text into code or markup has to be argued for, line by line.
const dangerous = {
    "no-eval": "error",
    "no-implied-eval": "error",
    "no-new-func": "error",
    "no-script-url": "error",
    "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Render through a template, or put it into the sandboxed frame." },
        { property: "outerHTML", message: "Render through a template, or put it into the sandboxed frame." },
        { property: "insertAdjacentHTML", message: "Render through a template." },
        { object: "document", property: "write", message: "Render through a template." },
    ],
    "no-restricted-globals": [
        "error",
        { name: "alert", message: "Use the notification service." },
        { name: "confirm", message: "Use the dialog service." },
        { name: "prompt", message: "Use the dialog service." },
        { name: "event", message: "Take the event as an argument." },
        { name: "localStorage", message: "Use `browser` of @web/core/browser/browser." },
        { name: "sessionStorage", message: "Use `browser` of @web/core/browser/browser." },
        { name: "setTimeout", message: "Use `browser` of @web/core/browser/browser, so that tests can stop the clock." },
        { name: "setInterval", message: "Use `browser` of @web/core/browser/browser, so that tests can stop the clock." },
        { name: "fetch", message: "Use `rpc` of @web/core/network/rpc." },
    ],
};

const readable = {
    camelcase: ["error", { properties: "never", ignoreDestructuring: true, allow: ["^o_"] }],
    complexity: ["error", 14],
    curly: ["error", "all"],
    "default-case-last": "error",
    eqeqeq: ["error", "smart"],
    "max-depth": ["error", 4],
    "max-lines": ["error", { max: 350 }],
    "max-lines-per-function": ["error", { max: 50, skipBlankLines: true, skipComments: true }],
    "max-params": ["error", 5],
    "no-alert": "error",
    "no-console": ["error", { allow: ["warn", "error"] }],
    "no-else-return": "error",
    "no-lonely-if": "error",
    "no-nested-ternary": "error",
    "no-param-reassign": "error",
    "no-shadow": "error",
    "no-throw-literal": "error",
    "no-unneeded-ternary": "error",
    "no-unused-vars": ["error", { argsIgnorePattern: "^_", caughtErrorsIgnorePattern: "^_" }],
    "no-useless-rename": "error",
    "no-useless-return": "error",
    "no-var": "error",
    "no-warning-comments": "error",
    "object-shorthand": "error",
    "prefer-const": "error",
    "prefer-template": "error",
};

export default [
    { ignores: ["node_modules/**", "static/lib/**"] },
    js.configs.recommended,
    {
        files: ["static/**/*.js"],
        languageOptions: {
            ecmaVersion: 2022,
            sourceType: "module",
            globals: { ...globals.browser, odoo: "readonly", luxon: "readonly" },
        },
        linterOptions: { reportUnusedDisableDirectives: "error" },
        rules: { ...wrong, ...dangerous, ...readable },
    },
    {
        // Suites are one long describe, and tests write out what they expect.
        files: ["static/tests/**/*.js"],
        rules: { "max-lines-per-function": "off", "no-await-in-loop": "off", "no-restricted-properties": "off" },
    },
];
