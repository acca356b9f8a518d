import { z } from 'zod'
import { AbsolutePath } from './vault-place.ts'

/** What lay at and below `from` on the old machine lies at and below `to` on this one. */
export const PathMapping = z.object({ from: AbsolutePath, to: AbsolutePath })
export type PathMapping = z.infer<typeof PathMapping>

/** Where a path of the old machine lies here: by the longest mapping that holds it; unchanged when none does. */
export function mapPath(path: string, mappings: readonly PathMapping[]): string {
  const [best] = mappings
    .map(({ from, to }) => ({ from: withoutEnd(from), to: withoutEnd(to) }))
    .filter(({ from }) => path === from || path.startsWith(`${from}/`))
    .toSorted((a, b) => b.from.length - a.from.length)
  return best === undefined ? path : `${best.to}${path.slice(best.from.length)}` || '/'
}

/** The root is no text before the slash of what lies in it. */
function withoutEnd(path: string): string {
  return path.replace(/\/+$/, '')
}
