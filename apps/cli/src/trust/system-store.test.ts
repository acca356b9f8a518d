import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testCertificate } from '@holdfast/testkit'
import { expect, test } from 'vitest'
import { forgetInSystem, trustInSystem } from './system-store.ts'

const ROOT = { path: '/usr/sbin:/usr/bin:/sbin:/bin', isRoot: true }

/** Debian's own program on folders of the test's. */
async function openFolders() {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-ca-'))
  const [local, etc, hooks] = [join(root, 'local'), join(root, 'etc'), join(root, 'hooks')]
  for (const folder of [local, etc, hooks]) await mkdir(folder)
  const args = ['--localcertsdir', local, '--etccertsdir', etc, '--hooksdir', hooks]
  return {
    ...{ etc, folders: { local, args } },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}

test('the system trusts the authority, and no more once it is removed', async () => {
  await using at = await openFolders()
  const { cert } = testCertificate()
  const authority = { pem: cert, short: '0badcafe' }
  const step = await trustInSystem(authority, ROOT, at.folders)
  expect(step).toMatchObject({ done: true, problem: null })
  expect(await readdir(at.etc)).toContain('holdfast-0badcafe.pem')
  expect(execFileSync('openssl', ['verify', '-CApath', at.etc], { input: cert, encoding: 'utf8' })).toContain(
    'OK',
  )

  expect(await forgetInSystem(ROOT, at.folders)).toMatchObject([{ done: true, place: step.place }])
  expect(await readdir(at.folders.local)).toEqual([])
  expect(await readdir(at.etc)).not.toContain('holdfast-0badcafe.pem')
  expect(await forgetInSystem(ROOT, at.folders)).toEqual([])
})

test('who may not, or has not the program, is told what to do instead; nothing is written', async () => {
  await using at = await openFolders()
  const authority = { pem: testCertificate().cert, short: '0badcafe' }
  expect(await trustInSystem(authority, { ...ROOT, isRoot: false }, at.folders)).toMatchObject({
    done: false,
    problem: expect.stringContaining('sudo update-ca-certificates'),
  })
  expect(await trustInSystem(authority, { ...ROOT, path: '/nowhere' }, at.folders)).toMatchObject({
    done: false,
    problem: expect.stringContaining('apt-get install ca-certificates'),
  })
  expect(await readdir(at.folders.local)).toEqual([])
})
