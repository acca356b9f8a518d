import type { Source } from '@holdfast/domain'
import { z } from 'zod'
import type { ExcludePreview } from './survey-tally.ts'
import { type SurveyOptions, surveyThread } from './survey-thread.ts'

const Omitted = z.object({
  files: z.int(),
  bytes: z.number(),
  folders: z.int(),
  examples: z.array(z.string()),
})

const Preview: z.ZodType<ExcludePreview> = z.object({
  kept: z.object({ files: z.int(), bytes: z.number() }),
  rules: z.array(Omitted.extend({ rule: z.string() })),
  larger: Omitted,
  caches: Omitted,
  fileSystems: Omitted,
  done: z.boolean(),
})

/**
 * Tells what each rule of the sources leaves out and what that saves, by the very rules that a backup follows: several
 * times a second as far as it got, at last with `done`. What two reasons would leave out counts for the first one.
 * Runs beside the caller; stops when nobody listens any more, and rejects when `signal` aborts.
 */
export async function* previewExcludes(
  sources: readonly Source[],
  { avoid, signal }: SurveyOptions,
): AsyncGenerator<ExcludePreview, void, undefined> {
  for await (const message of surveyThread({ kind: 'preview', sources, avoid }, signal))
    yield Preview.parse(message)
}
