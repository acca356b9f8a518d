import type { Source } from '@holdfast/domain'
import { z } from 'zod'
import type { SourceCount } from './survey-tally.ts'
import { type SurveyOptions, surveyThread } from './survey-thread.ts'

const Count: z.ZodType<SourceCount> = z.object({
  index: z.int(),
  files: z.int(),
  bytes: z.number(),
  unreadable: z.int(),
  examples: z.array(z.string()),
  problem: z.string().nullable(),
  done: z.boolean(),
})

/**
 * Counts what a backup of each source would hold, one source after the other: how far it is, several times a second,
 * and at last one `done` for each, in order. Reads no content and follows no link. A source that is gone or closed has
 * a `problem`. Runs beside the caller; stops when nobody listens any more, and rejects when `signal` aborts.
 */
export async function* countSources(
  sources: readonly Source[],
  { avoid, signal }: SurveyOptions,
): AsyncGenerator<SourceCount, void, undefined> {
  for await (const message of surveyThread({ kind: 'count', sources, avoid }, signal))
    yield Count.parse(message)
}
