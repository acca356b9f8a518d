import { Source } from '@holdfast/domain'
import { z } from 'zod'
import { owner, router } from '../procedures.ts'

/**
 * Sources by what they have in common: a subscription's question travels in its address, which has to stay short. They
 * count from 0 over all groups. A set-up may ask about more than one plan may hold.
 */
const Asked = z.object({
  groups: z
    .array(z.object({ paths: z.array(Source.shape.path).min(1).max(100), excludes: Source.shape.excludes }))
    .min(1)
    .max(100),
  /** On top of each group's own. */
  rules: Source.shape.excludes,
  ...{ maxFileBytes: Source.shape.maxFileBytes, skipCacheDirs: Source.shape.skipCacheDirs },
  oneFileSystem: Source.shape.oneFileSystem,
})

/** What there is to back up on this machine, how much that is, and what rules leave out. */
export const sourceRouter = router({
  presets: owner.query(({ ctx }) => ctx.ports.sources.presets()),
  count: owner.input(Asked).subscription(async function* ({ ctx, input, signal }) {
    yield* ctx.ports.sources.count(sourcesOf(input), signal ?? new AbortController().signal)
  }),
  previewExcludes: owner.input(Asked).subscription(async function* ({ ctx, input, signal }) {
    yield* ctx.ports.sources.previewExcludes(sourcesOf(input), signal ?? new AbortController().signal)
  }),
})

function sourcesOf({ groups, rules, ...more }: z.infer<typeof Asked>): Source[] {
  return groups.flatMap(({ paths, excludes }) =>
    paths.map((path) => ({ ...more, path, excludes: [...excludes, ...rules] })),
  )
}
