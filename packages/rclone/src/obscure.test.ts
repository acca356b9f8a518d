import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { cryptOptions } from './crypt-options.ts'
import { findRclone } from './find-rclone.ts'
import { obscure } from './obscure.ts'
import { testRandom } from './test-daemon.ts'

test.each([
  'x',
  'correct horse battery staple',
  'A-Za-z0-9_-0123456789-base64url-like-text',
  'päss wörd 🎈',
  '-dash',
])('rclone reveals %j from what obscure made of it', async (password) => {
  const { binary } = await findRclone(process.env.PATH ?? '')
  const revealed = execFileSync(binary, ['reveal', '--', obscure(password, testRandom.bytes(16))], {
    encoding: 'utf8',
  })
  expect(revealed).toBe(`${password}\n`)
})

test('the options of a crypt remote hold no password in clear', () => {
  const options = cryptOptions(
    'nas:vault/v1',
    { password: 'canary-one', password2: 'canary-two' },
    testRandom,
  )
  expect(options).toMatchObject({ type: 'crypt', remote: 'nas:vault/v1' })
  expect(JSON.stringify(options)).not.toContain('canary')
})
