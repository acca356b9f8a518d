import { access, chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import { DeviceId, PlanOptions } from '@holdfast/domain'
import type { Random } from '@holdfast/vault/ports'
import type { AgentContext } from './context.ts'

/** Every hour, a little less than one from now: nobody who just came is surprised by a second run. */
const hourlyAfter = (now: Date) =>
  ({ kind: 'cron', cron: `${(now.getMinutes() + 55) % 60} * * * *` }) as const

/**
 * Something real to look at: a small source tree, an encrypted vault beside it and the plan "Demo" over both, all under
 * the home. The plan is made once, and run when it has no complete run yet. Resolves when that run is queued.
 */
export async function prepareDemo(context: AgentContext): Promise<void> {
  const dir = join(context.config.home, 'demo')
  const known = (await context.history.plans.list()).find(({ name }) => name === 'Demo')
  const plan = known ?? (await makePlan(context, dir))
  const facts = await context.history.homeFacts({ now: context.now(), stripDays: 1, recentRuns: 0 })
  const ran = facts.plans.some((found) => found.plan.id === plan.id && found.lastSnapshotAt !== undefined)
  if (!ran && !context.desk.isBusy(plan.id)) await context.desk.start(plan.id, 'demo')
}

async function makePlan({ ports, random, now }: AgentContext, dir: string) {
  const source = join(dir, 'source')
  await writeSource(source, random)
  const passphrase = Buffer.from(random.bytes(15)).toString('base64url')
  const passphraseFile = join(dir, 'passphrase')
  await writeFile(passphraseFile, `${passphrase}\n`, { mode: 0o600 })
  await chmod(passphraseFile, 0o600)
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return ports.plans.create(
    {
      ...{ name: 'Demo', passphrase, schedule: { ...hourlyAfter(now()), timeZone } },
      sources: [{ path: source, excludes: [] }],
      place: { kind: 'folder', path: join(dir, 'vault') },
      options: PlanOptions.parse({}),
    },
    { device: DeviceId.parse('this-machine'), name: 'Demo', address: 'local' },
  )
}

async function writeSource(source: string, random: Random): Promise<void> {
  if (
    await access(source).then(
      () => true,
      () => false,
    )
  )
    return
  const files: [string, string | Uint8Array][] = [
    [
      'letters/to-grandmother.txt',
      'Dear grandmother,\n\nthe photos from the lake are safe now.\n\nYours, Ada\n',
    ],
    ['letters/Größe & façade.txt', 'Names with accents come back as they were.\n'],
    [
      'accounts/2026.csv',
      `month,amount\n${Array.from({ length: 12 }, (_, i) => `${i + 1},${(i + 1) * 37}`).join('\n')}\n`,
    ],
    ['pictures/sunset.png', sunset(480, 320)],
    ['projects/garden/plan.md', '# Garden\n\n- tomatoes along the wall\n- beans where the sun is\n'],
    ['projects/garden/beds/north.md', 'Rhubarb, chives, mint.\n'],
    ['projects/empty-file', ''],
    ['archive/noise.bin', random.bytes(3 * 1024 * 1024)],
    ['archive/zeros.bin', new Uint8Array(2 * 1024 * 1024)],
  ]
  for (let page = 1; page <= 40; page += 1)
    files.push([
      `diary/page-${String(page).padStart(2, '0')}.txt`,
      `Day ${page}\n\n${'It was a quiet day. '.repeat(page)}\n`,
    ])
  for (const [name, content] of files) {
    const file = join(source, name)
    await mkdir(join(file, '..'), { recursive: true })
    await writeFile(file, content)
  }
}

/** A small PNG, drawn here so that no picture has to be shipped. */
function sunset(width: number, height: number): Uint8Array {
  const rows = Buffer.alloc(height * (1 + width * 3))
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const at = y * (1 + width * 3) + 1 + x * 3
      const sun = Math.hypot(x - width / 2, y - height * 0.6) < height / 6
      const depth = y / height
      rows[at] = sun ? 255 : Math.round(40 + 200 * depth)
      rows[at + 1] = sun ? 220 : Math.round(60 + 60 * depth)
      rows[at + 2] = sun ? 120 : Math.round(140 - 60 * depth)
    }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const frame = Buffer.alloc(8 + body.length)
  frame.writeUInt32BE(data.length, 0)
  frame.set(body, 4)
  frame.writeUInt32BE(crc32(body), 4 + body.length)
  return frame
}
