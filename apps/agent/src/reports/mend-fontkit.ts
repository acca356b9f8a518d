import { z } from 'zod'

type Layout = (this: LayoutEngine, ...rest: unknown[]) => unknown
type Placing = (this: unknown, mark: unknown, base: unknown, index: unknown) => void
type LayoutEngine = { engine: { readonly GPOSProcessor: object } | null }

/** What is touched of a font's innards: what shapes its letters, and in that what places marks. */
const Innards = z.object({
  _layoutEngine: z.custom<LayoutEngine>((one) => isObject(one) && 'engine' in one && isObject(one.engine)),
})
const Called = <T>() => z.custom<T>((one) => typeof one === 'function')
const Mark = z.object({ markAnchor: z.unknown() })

/** Letters of these never come to an end in fontkit, and take all memory. */
const ENDLESS = /[\p{Script=Meetei_Mayek}\p{Script=Miao}]/u

/**
 * Keeps fontkit 2.0.4 from failing on names that Noto has the letters for. Where a font has no anchor for a letter under
 * a mark, which OpenType allows (GPOS lookups 4 to 6), such a mark stays where it is (fontkit issue 367); and letters that
 * can't be shaped, for that fails or never ends, stand beside each other unshaped. Given any font with a GPOS table, it
 * mends them all, of this thread; safe to repeat. False when the innards are not the ones that are known.
 */
export function mendFontkit(font: unknown): boolean {
  const engine = Innards.safeParse(font).data?._layoutEngine
  if (engine?.engine == null) return false
  const shaping: object = Object.getPrototypeOf(engine)
  const placing: object = Object.getPrototypeOf(engine.engine.GPOSProcessor)
  if (mended.has(shaping)) return true
  const layout = Called<Layout>().safeParse(Reflect.get(shaping, 'layout')).data
  const applyAnchor = Called<Placing>().safeParse(Reflect.get(placing, 'applyAnchor')).data
  if (layout === undefined || applyAnchor === undefined) return false
  Reflect.set(shaping, 'layout', orUnshaped(layout))
  Reflect.set(placing, 'applyAnchor', function (this: unknown, mark: unknown, base: unknown, index: unknown) {
    if (isObject(base) && isObject(Mark.parse(mark).markAnchor)) applyAnchor.call(this, mark, base, index)
  })
  mended.add(shaping)
  return true
}

const mended = new WeakSet<object>()

function orUnshaped(layout: Layout): Layout {
  return function (this: LayoutEngine, text, ...rest) {
    if (typeof text !== 'string' || !ENDLESS.test(text))
      try {
        return layout.call(this, text, ...rest)
      } catch {
        // What fails below as well is no matter of shaping.
      }
    const { engine } = this
    this.engine = null
    try {
      return layout.call(this, text, ...rest)
    } finally {
      this.engine = engine
    }
  }
}

function isObject(one: unknown): one is object {
  return typeof one === 'object' && one !== null
}
