import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ciCredentials } from '../src/ci-role'
import type { StackFolders } from '../src/folders'

const work = mkdtempSync(join(tmpdir(), 'tideway-token-'))
const folders = { stack: 'data', environment: 'prod', work } as StackFolders

/** A server that issues tokens, as GitHub does for a job. */
let server: Server
let requests: IncomingMessage[] = []
let response = { status: 200, body: '{"value":"a-token"}' }
let jobVariables: NodeJS.ProcessEnv

beforeAll(async () => {
  server = createServer((request, reply) => {
    requests.push(request)
    reply.writeHead(response.status).end(response.body)
  })
  await new Promise<void>((ready) => {
    server.listen(0, '127.0.0.1', ready)
  })
  jobVariables = {
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token?x=1`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'bearer-of-the-job',
  }
})

beforeEach(() => {
  requests = []
  response = { status: 200, body: '{"value":"a-token"}' }
})

afterAll(() => {
  server.close()
  rmSync(work, { recursive: true })
})

describe('credentials in CI', () => {
  it('are those of the shell by default', async () => {
    expect(await ciCredentials(folders, jobVariables)).toEqual({})
    expect(requests).toEqual([])
  })

  it.each(['plan', 'deploy'])('are a new token for the role of the stack: %s', async (kind) => {
    const credentials = await ciCredentials(folders, { ...jobVariables, TIDEWAY_CI_ROLE: kind })
    expect(credentials).toMatchObject({
      AWS_ROLE_ARN: `arn:aws:iam::444455556666:role/tideway-prod-ci-data-${kind}`,
      AWS_ROLE_SESSION_NAME: `tideway-${kind}-data`,
    })
    expect(credentials.TF_CLI_ARGS_plan).toBe(kind === 'plan' ? '-lock=false' : undefined)
    expect(requests.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ['/token?x=1&audience=sts.amazonaws.com', 'bearer bearer-of-the-job'],
    ])
    const file = credentials.AWS_WEB_IDENTITY_TOKEN_FILE ?? ''
    expect(readFileSync(file, 'utf8')).toBe('a-token')
    expect(statSync(file).mode & 0o077).toBe(0)
  })

  it.each([
    [{ TIDEWAY_CI_ROLE: 'admin' }, 'must be plan or deploy; got "admin"'],
    [{ TIDEWAY_CI_ROLE: 'plan', ACTIONS_ID_TOKEN_REQUEST_URL: '' }, 'id-token: write'],
  ])('are rejected: %j', async (variables, message) => {
    await expect(ciCredentials(folders, { ...jobVariables, ...variables })).rejects.toThrow(message)
  })

  it.each([
    [403, '{}'],
    [200, '{"nothing":1}'],
  ])('are missing where GitHub returns no token: %d', async (status, body) => {
    response = { status, body }
    await expect(
      ciCredentials(folders, { ...jobVariables, TIDEWAY_CI_ROLE: 'plan' }),
    ).rejects.toThrow('GitHub returned no token for AWS')
  })
})
