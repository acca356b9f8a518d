import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { openHistory } from '@holdfast/history'
import { systemClock } from '@holdfast/host'
import { testCertificate } from '@holdfast/testkit'
import { expect, test } from 'vitest'
import { certificateFiles } from './lan-certificate.ts'
import { createLanDesk } from './lan-desk.ts'

const fingerprintOf = (pem: string) => new X509Certificate(pem).fingerprint256

/** What a server shows to somebody who connects now. */
async function shownAt(origin: string): Promise<string> {
  const { port } = new URL(origin)
  const shown = Promise.withResolvers<string>()
  const socket = connect({ host: '127.0.0.1', port: Number(port), rejectUnauthorized: false })
  socket.once('secureConnect', () => shown.resolve(socket.getPeerCertificate().fingerprint256))
  socket.once('error', shown.reject)
  try {
    return await shown.promise
  } finally {
    socket.destroy()
  }
}

test('the owner’s certificate is served under its names, swapped live, and kept when its files are no pair', async () => {
  await using stack = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-own-'))
  stack.defer(() => rm(dir, { recursive: true, force: true }))
  const files = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') }
  const write = async ({ cert, key }: { cert: string; key: string }) => {
    await writeFile(files.cert, cert)
    await writeFile(files.key, key)
  }
  const [first, second] = [testCertificate(), testCertificate()]
  await write(first)
  const errors: unknown[] = []
  const history = stack.use(await openHistory({ file: join(dir, 'history.db'), clock: systemClock }))
  const desk = stack.use(
    createLanDesk({
      ...{ history, source: certificateFiles(files), headerLimitBytes: 16_384 },
      settings: { ...{ on: true, bind: '127.0.0.1', port: 0, onboardingPort: 0, hostName: 'nas' }, files },
      now: () => new Date(systemClock.nowMs()),
      onError: (error) => errors.push(error),
    }),
  )
  await desk.serve(() => new Response('here'))
  const { serving } = await desk.port.get()
  expect(serving).toMatchObject({ onboarding: null, fingerprint: null, authority: null, renewedAt: null })
  expect(serving?.until).toEqual(new X509Certificate(first.cert).validToDate)
  const origin = serving?.origin ?? ''
  expect(origin).toMatch(/^https:\/\/localhost:\d+$/)
  expect(desk.origins()).toContain(origin)
  expect(await shownAt(origin)).toBe(fingerprintOf(first.cert))

  await write(second)
  await desk.look()
  expect(await shownAt(origin)).toBe(fingerprintOf(second.cert))

  await write({ cert: first.cert, key: second.key })
  await expect(desk.look()).rejects.toMatchObject({ code: 'INPUT_INVALID' })
  expect(await shownAt(origin)).toBe(fingerprintOf(second.cert))
  expect(errors).toEqual([])
})
