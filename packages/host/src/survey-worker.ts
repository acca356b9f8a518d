import { parentPort, workerData } from 'node:worker_threads'
import { Source } from '@holdfast/domain'
import { type Surveyed, survey } from '@holdfast/vault/survey'
import { z } from 'zod'
import { createSourceTree } from './source-tree.ts'
import { createCount, createPreview } from './survey-tally.ts'

/** The thread behind `surveyThread`: one order in, what was seen so far out every now and then, then it ends. */
const SAY_EVERY_MS = 120
const order = z
  .object({
    kind: z.enum(['count', 'preview']),
    sources: z.array(Source),
    avoid: z.array(z.string()),
  })
  .parse(workerData)
const tree = createSourceTree()
const avoid = new Set(order.avoid.map(bytesOf))

if (order.kind === 'count') countEach()
else previewAll()

/** One source after the other: two at once would only make a spinning disk seek. */
function countEach(): void {
  order.sources.forEach((source, index) => {
    const tally = createCount(index, bytesOf(source.path))
    const say = seldom(() => tally.count(false))
    for (const met of look(source, false)) {
      tally.add(met)
      say()
    }
    parentPort?.postMessage(tally.count(true))
  })
}

function previewAll(): void {
  const tally = createPreview(order.sources)
  const say = seldom(() => tally.preview(false))
  for (const source of order.sources) {
    for (const met of look(source, true)) {
      tally.add(met, source)
      say()
    }
  }
  parentPort?.postMessage(tally.preview(true))
}

function look(source: Source, inside: boolean): Iterable<Surveyed> {
  return survey(tree, { ...source, path: Buffer.from(source.path) }, { avoid, inside })
}

/** Says what stands now, unless it was said a moment ago. */
function seldom(what: () => object): () => void {
  let calls = 0
  let saidAtMs = performance.now()
  return () => {
    calls += 1
    if ((calls & 0x3f) !== 0 || performance.now() - saidAtMs < SAY_EVERY_MS) return
    saidAtMs = performance.now()
    parentPort?.postMessage(what())
  }
}

function bytesOf(path: string): string {
  return Buffer.from(path).toString('latin1')
}
