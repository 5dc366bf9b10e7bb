/** What the editor looks like: the colours of the page, light and dark. */
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

/** Of the page's style sheet: each has a light and a dark side. */
const colours = HighlightStyle.define([
  { tag: tags.definition(tags.propertyName), color: 'var(--key)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--string)' },
  { tag: tags.comment, color: 'var(--soft)', fontStyle: 'italic' },
  { tag: [tags.labelName, tags.typeName, tags.keyword, tags.meta], color: 'var(--minus)' },
  { tag: [tags.separator, tags.squareBracket, tags.brace], color: 'var(--soft)' },
])

const card = { backgroundColor: 'var(--card)', color: 'var(--ink)' }
const field = { ...card, border: '1px solid var(--line)', borderRadius: '7px' }
const tint = (share: number) => `color-mix(in srgb, var(--accent) ${share}%, transparent)`
const chosen = { backgroundColor: 'var(--accent)', color: 'var(--on-accent)' }

const surfaces = EditorView.theme({
  '&': { ...card, height: '100%', fontSize: '13px' },
  '&:has(.cm-content:focus), &.cm-focused': {
    outline: '2px solid var(--accent)',
    outlineOffset: '-2px',
  },
  '.cm-content': { caretColor: 'var(--ink)' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': {
    backgroundColor: 'var(--ground)',
    color: 'var(--soft)',
    borderRightColor: 'var(--line)',
  },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: tint(8) },
  '.cm-activeLineGutter': { color: 'var(--ink)' },
  '.cm-selectionBackground': { backgroundColor: tint(24) },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': {
    backgroundColor: tint(30),
  },
  '.cm-selectionMatch, .cm-searchMatch': { backgroundColor: tint(18) },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: tint(26) },
  '.cm-foldPlaceholder': { ...field, padding: '0 4px', color: 'var(--soft)' },
  '.cm-tooltip': { ...field, boxShadow: '0 8px 24px rgb(0 0 0 / 0.16)', overflow: 'hidden' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'ui-monospace, monospace' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '2px 8px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': chosen,
  '.cm-tooltip-autocomplete ul li[aria-selected] .cm-completionDetail': {
    color: 'var(--on-accent)',
  },
  '.cm-completionDetail': { color: 'var(--soft)', fontStyle: 'normal' },
  '.cm-completionIcon': { opacity: 1, color: 'inherit' },
  '.cm-completionMatchedText': { fontWeight: 700 },
  '.cm-tooltip.cm-completionInfo': { padding: '6px 10px', maxWidth: '320px' },
  '.cm-diagnostic': { padding: '4px 10px', whiteSpace: 'pre-wrap' },
  '.cm-diagnosticSource': { opacity: 1, color: 'var(--soft)' },
  '.cm-hint': { padding: '6px 10px', maxWidth: '360px' },
  '.cm-panels': { ...card, borderColor: 'var(--line)' },
  '.cm-panels.cm-panels-bottom': { borderTop: '1px solid var(--line)' },
  '.cm-panel.cm-search [name=close]': { color: 'inherit' },
  '.cm-textfield': field,
  '.cm-button': { ...field, backgroundImage: 'none' },
})

/** Everything of the editor that has a colour. */
export const look = [surfaces, syntaxHighlighting(colours)]
