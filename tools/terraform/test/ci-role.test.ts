import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ciCredentials } from '../src/ci-role'
import type { StackFolders } from '../src/folders'

const work = mkdtempSync(join(tmpdir(), 'tideway-token-'))
const folders = { stack: 'data', environment: 'prod', work } as StackFolders

/** What GitHub offers inside a job. */
let server: Server
let asked: IncomingMessage[] = []
let answer = { status: 200, body: '{"value":"a-token"}' }
let offered: NodeJS.ProcessEnv

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request)
    response.writeHead(answer.status).end(answer.body)
  })
  await new Promise<void>((ready) => {
    server.listen(0, '127.0.0.1', ready)
  })
  offered = {
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token?x=1`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'bearer-of-the-job',
  }
})

beforeEach(() => {
  asked = []
  answer = { status: 200, body: '{"value":"a-token"}' }
})

afterAll(() => {
  server.close()
  rmSync(work, { recursive: true })
})

describe('credentials in CI', () => {
  it('are those of the shell by default', async () => {
    expect(await ciCredentials(folders, offered)).toEqual({})
    expect(asked).toEqual([])
  })

  it.each(['plan', 'deploy'])('are a new token for the role of the stack: %s', async (kind) => {
    const credentials = await ciCredentials(folders, { ...offered, TIDEWAY_CI_ROLE: kind })
    expect(credentials).toMatchObject({
      AWS_ROLE_ARN: `arn:aws:iam::444455556666:role/tideway-prod-ci-data-${kind}`,
      AWS_ROLE_SESSION_NAME: `tideway-${kind}-data`,
    })
    expect(credentials.TF_CLI_ARGS_plan).toBe(kind === 'plan' ? '-lock=false' : undefined)
    expect(asked.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ['/token?x=1&audience=sts.amazonaws.com', 'bearer bearer-of-the-job'],
    ])
    const file = credentials.AWS_WEB_IDENTITY_TOKEN_FILE ?? ''
    expect(readFileSync(file, 'utf8')).toBe('a-token')
    expect(statSync(file).mode & 0o077).toBe(0)
  })

  it.each([
    [{ TIDEWAY_CI_ROLE: 'admin' }, 'must be plan or deploy; got "admin"'],
    [{ TIDEWAY_CI_ROLE: 'plan', ACTIONS_ID_TOKEN_REQUEST_URL: '' }, 'id-token: write'],
  ])('are rejected: %j', async (variables, says) => {
    await expect(ciCredentials(folders, { ...offered, ...variables })).rejects.toThrow(says)
  })

  it.each([
    [403, '{}'],
    [200, '{"nothing":1}'],
  ])('are missing where GitHub returns no token: %d', async (status, body) => {
    answer = { status, body }
    await expect(ciCredentials(folders, { ...offered, TIDEWAY_CI_ROLE: 'plan' })).rejects.toThrow(
      'GitHub returned no token for AWS',
    )
  })
})
