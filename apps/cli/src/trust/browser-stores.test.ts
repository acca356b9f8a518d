import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testCertificate } from '@holdfast/testkit'
import { expect, test } from 'vitest'
import { forgetInBrowsers, trustInBrowsers } from './browser-stores.ts'

const PATH = '/usr/bin:/bin'
const listed = (place: string) => execFileSync('certutil', ['-d', `sql:${place}`, '-L'], { encoding: 'utf8' })

test('Chromium and each profile of Firefox trust the authority, and no more once it is removed', async () => {
  const userHome = await mkdtemp(join(tmpdir(), 'holdfast-nss-'))
  try {
    const profile = join(userHome, '.mozilla', 'firefox', 'x1.default')
    await mkdir(profile, { recursive: true })
    execFileSync('certutil', ['-d', `sql:${profile}`, '-N', '--empty-password'])
    const user = { path: PATH, userHome }
    expect(await forgetInBrowsers(user)).toEqual([])
    const steps = await trustInBrowsers({ pem: testCertificate().cert, short: '0badcafe' }, user)
    expect(steps.map(({ store, done }) => [store, done])).toEqual([
      ['Chromium and Chrome', true],
      ['Firefox', true],
    ])
    for (const { place } of steps) expect(listed(place)).toMatch(/Holdfast 0badcafe +C,,/)
    expect(await forgetInBrowsers(user)).toMatchObject([{ done: true }, { done: true }])
    for (const { place } of steps) expect(listed(place)).not.toContain('Holdfast')
  } finally {
    await rm(userHome, { recursive: true, force: true })
  }
})

test('without certutil it says what to install', async () => {
  const userHome = await mkdtemp(join(tmpdir(), 'holdfast-nss-'))
  const [step] = await trustInBrowsers({ pem: '', short: '0badcafe' }, { path: '/nowhere', userHome })
  expect(step).toMatchObject({ done: false, problem: expect.stringContaining('libnss3-tools') })
  await rm(userHome, { recursive: true, force: true })
})
