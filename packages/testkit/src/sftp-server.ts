import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createTemporaryFolder } from './temporary-folder.ts'
import { requireProgram, startServer, type TestServer } from './test-server.ts'

const run = promisify(execFile)

/** OpenSSH's own server with throw-away keys on a loopback port, for this user. It serves the whole machine: use `root`. */
export async function startSftpServer(): Promise<TestServer> {
  const sshd = requireProgram('sshd', 'openssh-server')
  const keygen = requireProgram('ssh-keygen', 'openssh-client')
  const folder = await createTemporaryFolder()
  const inside = (name: string) => join(folder.path, name)
  try {
    for (const name of ['host_key', 'user_key'])
      await run(keygen, ['-q', '-t', 'ed25519', '-N', '', '-C', 'holdfast-test', '-f', inside(name)])
    await writeFile(inside('authorized_keys'), await readFile(inside('user_key.pub')), { mode: 0o600 })
    await chmod(folder.path, 0o700)
    await mkdir(inside('root'))
    // Its own folder for privilege separation can't be moved; only root's server wants it.
    if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 })
    const server = await startServer(async (port) => {
      await writeFile(inside('sshd_config'), sshdConfig(folder.path, port))
      return [sshd, '-D', '-e', '-f', inside('sshd_config')]
    })
    const hostKey = (await readFile(inside('host_key.pub'), 'utf8')).split(' ').slice(0, 2).join(' ')
    await writeFile(inside('known_hosts'), `[127.0.0.1]:${server.port} ${hostKey}\n`)
    return {
      port: server.port,
      root: inside('root'),
      remote: {
        type: 'sftp',
        host: '127.0.0.1',
        port: String(server.port),
        user: userInfo().username,
        key_file: inside('user_key'),
        known_hosts_file: inside('known_hosts'),
        shell_type: 'unix',
        md5sum_command: 'md5sum',
        sha1sum_command: 'sha1sum',
      },
      [Symbol.asyncDispose]: async () => {
        await server.stop()
        await folder[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await folder[Symbol.asyncDispose]()
    throw error
  }
}

function sshdConfig(folder: string, port: number): string {
  return [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${folder}/host_key`,
    `AuthorizedKeysFile ${folder}/authorized_keys`,
    `PidFile ${folder}/sshd.pid`,
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin yes',
    'UsePAM no',
    'StrictModes no',
    'MaxStartups 100',
    'MaxSessions 100',
    'LogLevel ERROR',
    'Subsystem sftp internal-sftp',
    '',
  ].join('\n')
}
