import { DAY_MS, PlanId, type Report, RunId, reportOf, reportPeriod } from '@holdfast/domain'
import { expect, test } from 'vitest'
import { reportPdf } from './report-pdf.ts'

const NOW = new Date('2026-11-22T12:00:00Z')

/** A year of daily runs of a plan with a name in several scripts. */
function yearOfRuns(name = 'Größe Ελλάδα Привет Đặt हिन्दी'): Report {
  const planId = PlanId.parse('papers')
  const safe = { state: 'protected', code: 'safe', sentence: 'Papiere is safe.' } as const
  const runs = Array.from({ length: 365 }, (_, i) => {
    const finishedAt = new Date(NOW.getTime() - (364 - i) * DAY_MS)
    const outcome = i % 60 === 7 ? 'failed' : i % 45 === 3 ? 'incomplete' : 'complete'
    return {
      ...({
        id: RunId.parse(`r${i}`),
        planId,
        finishedAt,
        outcome,
        filesNew: i % 7,
        filesChanged: i % 3,
      } as const),
      startedAt: new Date(finishedAt.getTime() - (60 + (i % 40)) * 1000),
      bytesStored: outcome === 'failed' ? 0 : 1_000_000 * (1 + (i % 9)),
      reason:
        outcome === 'complete'
          ? null
          : { code: 'REMOTE_UNREACHABLE', message: 'The remote nas did not answer.' },
    }
  })
  const proofs = runs
    .filter((_, i) => i % 7 === 0)
    .map(({ finishedAt: at }) => ({ planId, at, kind: 'drill', files: 3, bytes: 4_000_000, mismatches: 0 }))
  const facts = {
    ...{ machine: 'Schreibtisch', now: NOW, verdict: safe, runs, proofs, incidents: [], storedBefore: 0 },
    plans: [{ id: planId, name, protection: safe }],
    changes: [{ at: NOW, who: 'Ann', act: 'plan.update', subject: 'papers' }],
  }
  return reportOf(facts, reportPeriod('year', { now: NOW, timeZone: 'Europe/Berlin', current: true }))
}

test.each(['a4', 'letter'] as const)(
  'a year of daily runs becomes a PDF on %s, with its fonts embedded',
  async (paper) => {
    const bytes = Buffer.from(await reportPdf(yearOfRuns(), paper))
    const text = bytes.toString('latin1')
    expect(text.startsWith('%PDF-')).toBe(true)
    expect(text).toContain(paper === 'a4' ? '/MediaBox [0 0 595.28' : '/MediaBox [0 0 612')
    expect(text.match(/\/FontFile[23]/g)?.length).toBeGreaterThan(4)
    expect(bytes.byteLength).toBeLessThan(1_000_000)
  },
)

test('a name in any script brings the fonts that it needs, and a report without one brings none of them', async () => {
  const fontsIn = (bytes: Uint8Array) =>
    Buffer.from(bytes)
      .toString('latin1')
      .match(/\/FontFile[23]/g)?.length
  const plain = await reportPdf(yearOfRuns('Papers'), 'a4')
  expect(fontsIn(plain)).toBe(2)
  const all = await reportPdf(yearOfRuns('الصور שלום ภาพ 写真フォルダ 사진 照片'), 'a4')
  expect(fontsIn(all)).toBeGreaterThanOrEqual(1 + 6)
  const more = 'Հայերեն বাংলা አማርኛ ქართული ગુજરાતી ಕನ್ನಡ ខ្មែរ ລາວ മലയാളം မြန်မာ සිංහල தமிழ் తెలుగు 🌊 ☎'
  expect(fontsIn(await reportPdf(yearOfRuns(more), 'a4'))).toBeGreaterThanOrEqual(1 + 15)
  // As far as they are used: whole, these fonts have ten megabytes.
  expect(all.byteLength).toBeLessThan(1_000_000)
}, 60_000)

test('a name that trips the library has its letters all the same', async () => {
  for (const name of ['ਪੰਜਾਬੀ', 'ꯃꯤꯇꯩꯂꯣꯟ', 'ᮞᮥᮔ᮪ᮓ', 'བོད་ཡིག']) {
    const text = Buffer.from(await reportPdf(yearOfRuns(name), 'a4')).toString('latin1')
    expect(text.match(/\/FontFile[23]/g)?.length, name).toBeGreaterThan(2)
  }
}, 60_000)

test('two reports at once are two whole ones', async () => {
  const [one, other] = await Promise.all([reportPdf(yearOfRuns(), 'a4'), reportPdf(yearOfRuns(), 'letter')])
  const sizes = [one, other].map(
    (bytes) =>
      Buffer.from(bytes)
        .toString('latin1')
        .match(/MediaBox \[0 0 \d+/)?.[0],
  )
  expect(sizes).toEqual(['MediaBox [0 0 595', 'MediaBox [0 0 612'])
})
