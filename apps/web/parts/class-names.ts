import { type ClassValue, clsx } from 'clsx'
import { createTailwindMerge } from 'tailwind-merge'

/** Joins class names; of two that contradict each other, the later one wins. */
export function cn(...classes: ClassValue[]): string {
  return merge(clsx(classes))
}

// The kinds of classes that the screens use. All that Tailwind knows weigh 8 kB and hold up the first drawing on a phone
// for 50 ms. A test compares both, so a kind that is missing here does not stay unnoticed.
const merge = createTailwindMerge(() => ({
  cacheSize: 500,
  theme: {},
  classGroups: {
    display: [
      ...['block', 'inline-block', 'inline', 'flex', 'inline-flex', 'grid', 'inline-grid', 'contents'],
      ...['hidden', 'table'],
    ],
    position: ['static', 'fixed', 'absolute', 'relative', 'sticky'],
    visibility: ['visible', 'invisible', 'collapse'],
    'sr-only': ['sr-only', 'not-sr-only'],
    container: ['container'],
    ...each('inset', 'inset-x', 'inset-y', 'top', 'right', 'bottom', 'left', 'z', 'order'),
    ...each('p', 'px', 'py', 'pt', 'pr', 'pb', 'pl', 'm', 'mx', 'my', 'mt', 'mr', 'mb', 'ml'),
    ...each('size', 'w', 'h', 'min-w', 'min-h', 'max-w', 'max-h', 'basis', 'gap', 'gap-x', 'gap-y'),
    ...each('grid-cols', 'grid-rows', 'grid-flow', 'place-content', 'place-items', 'items', 'content'),
    ...each('justify-items', 'justify-self', 'self', 'col', 'scroll-mt', 'line-clamp', 'object'),
    ...each('opacity', 'brightness', 'duration', 'transition', 'animate', 'rotate', 'cursor', 'touch'),
    ...each('pointer-events', 'select', 'appearance', 'shadow', 'leading', 'tracking', 'whitespace'),
    ...each('underline-offset', 'border-spacing-y', 'bg', 'fill', 'overflow', 'overflow-x', 'overflow-y'),
    ...each('translate', 'translate-x', 'translate-y', 'list', 'break'),
    ...{ justify: [{ justify: [any] }], grow: [{ grow: ['', any] }], shrink: [{ shrink: ['', any] }] },
    flex: [{ flex: [isLength, 'auto', 'initial', 'none'] }],
    'flex-direction': [{ flex: ['row', 'row-reverse', 'col', 'col-reverse'] }],
    'flex-wrap': [{ flex: ['wrap', 'wrap-reverse', 'nowrap'] }],
    'table-layout': [{ table: ['auto', 'fixed'] }],
    'text-align': [{ text: ['left', 'center', 'right', 'justify', 'start', 'end'] }],
    'text-overflow': ['truncate', 'text-ellipsis', 'text-clip'],
    'text-transform': ['uppercase', 'lowercase', 'capitalize', 'normal-case'],
    'text-decoration': ['underline', 'overline', 'line-through', 'no-underline'],
    'font-size': [{ text: [isLength] }],
    'text-color': [{ text: [any] }],
    'font-family': [{ font: ['mono', 'sans'] }],
    'font-weight': [{ font: [any] }],
    rounded: [{ rounded: ['', any] }],
    'rounded-t': [{ 'rounded-t': ['', any] }],
    ...widthAndColour('border', 'border-x', 'border-y', 'border-t', 'border-r', 'border-b', 'border-l'),
    'border-style': [{ border: ['solid', 'dashed', 'dotted', 'none'] }],
    'border-collapse': [{ border: ['collapse', 'separate'] }],
    'divide-y': [{ 'divide-y': ['', any] }],
    'divide-color': [{ divide: [any] }],
    'outline-style': [{ outline: ['', 'none', 'dashed'] }],
    'outline-offset': [{ 'outline-offset': [any] }],
    ...widthAndColour('stroke', 'decoration', 'outline'),
    'decoration-style': [{ decoration: ['solid', 'dotted', 'dashed'] }],
  },
  conflictingClassGroups: {
    p: ['px', 'py', 'pt', 'pr', 'pb', 'pl'],
    px: ['pr', 'pl'],
    py: ['pt', 'pb'],
    m: ['mx', 'my', 'mt', 'mr', 'mb', 'ml'],
    mx: ['mr', 'ml'],
    my: ['mt', 'mb'],
    size: ['w', 'h'],
    flex: ['basis', 'grow', 'shrink'],
    inset: ['inset-x', 'inset-y', 'top', 'right', 'bottom', 'left'],
    'inset-x': ['right', 'left'],
    'inset-y': ['top', 'bottom'],
    gap: ['gap-x', 'gap-y'],
    overflow: ['overflow-x', 'overflow-y'],
    translate: ['translate-x', 'translate-y'],
    rounded: ['rounded-t'],
    'font-size': ['leading'],
    'line-clamp': ['display', 'overflow'],
    border: ['border-x', 'border-y', 'border-t', 'border-r', 'border-b', 'border-l'],
    'border-x': ['border-r', 'border-l'],
    'border-y': ['border-t', 'border-b'],
  },
  conflictingClassGroupModifiers: {},
  orderSensitiveModifiers: ['*', '**', 'after', 'before'],
}))

type Values = ('' | ((value: string) => boolean))[]

/** A kind of class for each name, with any value. */
function each(...names: string[]): Record<string, Record<string, Values>[]> {
  return Object.fromEntries(names.map((name) => [name, [{ [name]: [any] }]]))
}

/** Two kinds for each name: how wide, and which colour. */
function widthAndColour(...names: string[]): Record<string, Record<string, Values>[]> {
  return Object.fromEntries(
    names.flatMap((name) => [
      [name, [{ [name]: ['', isLength] }]],
      [`${name}-color`, [{ [name]: [any] }]],
    ]),
  )
}

function any(): boolean {
  return true
}

function isLength(value: string): boolean {
  return /^(\d|\[(length:|\d))/.test(value)
}
