import { expect, test } from 'vitest'
import { addHeldRemote, heldRemoteProblem } from './held-remotes.ts'
import { listRemotes } from './remotes.ts'
import { startTestDaemon } from './test-daemon.ts'

test.each<[string, string, Record<string, string>]>([
  ['a bearer command', 'nas', { type: 'webdav', url: 'https://x', bearer_token_command: 'touch /tmp/x' }],
  ['an ssh program', 'nas', { type: 'sftp', ssh: 'touch /tmp/x' }],
  ['a metadata mapper', 'nas', { type: 'local', metadata_mapper: '/bin/evil' }],
  ['an AWS profile that names one', 'nas', { type: 's3', shared_credentials_file: '/tmp/aws' }],
  ['a connection string below it', 'nas', { type: 'alias', remote: ':sftp,ssh="touch /tmp/x":' }],
  ['an override by a dotted option', 'nas', { type: 'local', 'override.password_command': 'x' }],
  ['a second section', 'nas', { type: 'local', description: 'x\n[evil]\ntype = sftp\nssh = x' }],
  ['a name of our own', 'hf-01234567', { type: 'local' }],
  ['a name that is none', 'a:b', { type: 'local' }],
  ['no kind', 'nas', {}],
])('%s is refused', (_name, remote, section) => {
  expect(heldRemoteProblem(remote, section)).toEqual(expect.any(String))
})

test.each<[string, Record<string, string>]>([
  ['an SFTP server', { type: 'sftp', host: 'nas', md5sum_command: 'md5sum', key_file: '/home/a/.ssh/id' }],
  ['a bucket', { type: 's3', provider: 'Minio', secret_access_key: 'x', env_auth: 'false' }],
  ['a crypt of another remote', { type: 'crypt', remote: 'nas:secret', password: 'x' }],
])('%s is no problem', (_name, section) => {
  expect(heldRemoteProblem('nas', section)).toBeUndefined()
})

test('a held remote is made as it was; what is there already stays', async () => {
  await using test = await startTestDaemon()
  const { client } = test.daemon
  expect(await addHeldRemote(client, 'disk', { type: 'alias', remote: '/tmp' })).toBe(true)
  expect(await addHeldRemote(client, 'disk', { type: 'sftp', host: 'evil' })).toBe(false)
  expect(await listRemotes(client)).toEqual([{ name: 'disk', type: 'alias' }])
  await expect(addHeldRemote(client, 'bad', { type: 'sftp', ssh: 'x' })).rejects.toMatchObject({
    code: 'REMOTE_REFUSED',
  })
})
