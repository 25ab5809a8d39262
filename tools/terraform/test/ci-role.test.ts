import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environments } from '@tideway/constructs/environments'
import { ciCredentials, stopRenewing } from '../src/ci-role'
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
    if (response.status === 0) return void request.socket.destroy()
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

afterEach(() => stopRenewing())

afterAll(() => {
  server.close()
  server.closeAllConnections()
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
      AWS_ROLE_ARN: `arn:aws:iam::${environments.prod.account}:role/tideway-prod-ci-data-${kind}`,
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

describe('the token of a long run', () => {
  const file = join(work, '.terraform.token')
  let warnings: string[]

  beforeEach(async () => {
    warnings = []
    // The requests need the real timers.
    jest.useFakeTimers({
      doNotFake: [
        'Date',
        'nextTick',
        'queueMicrotask',
        'setImmediate',
        'setTimeout',
        'performance',
      ],
    })
    await start()
  })

  afterEach(() => {
    stopRenewing()
    jest.useRealTimers()
  })

  function start() {
    const variables = { ...jobVariables, TIDEWAY_CI_ROLE: 'deploy' }
    return ciCredentials(folders, variables, (text) => {
      warnings.push(text)
    })
  }

  async function until(isDone: () => boolean): Promise<void> {
    while (!isDone()) await new Promise((resolve) => setImmediate(resolve))
  }

  it('is never older than three minutes, for as long as a job may take', async () => {
    for (let minute = 3; minute <= 120; minute += 3) {
      response = { status: 200, body: `{"value":"token-of-minute-${minute}"}` }
      jest.advanceTimersByTime(3 * 60_000)
      await until(() => readFileSync(file, 'utf8') === `token-of-minute-${minute}`)
    }
    expect(statSync(file).mode & 0o077).toBe(0)
    expect(warnings).toEqual([])
  })

  it.each([
    ['a server error', { status: 500, body: 'down' }, 'HTTP 500'],
    ['no token', { status: 200, body: '{"value":""}' }, 'HTTP 200'],
    ['half an answer', { status: 200, body: '{"val' }, 'JSON'],
    ['no answer', { status: 0, body: '' }, 'other side closed'],
  ])('stays as it is while a renewal fails, which is retried: %s', async (_, failure, reason) => {
    response = failure
    for (let failures = 1; failures <= 3; failures++) {
      jest.advanceTimersByTime(2 * 60_000)
      await until(() => warnings.length === failures)
    }
    expect(warnings[0]).toMatch(
      /^ {2}data: GitHub returned no token for AWS: .* requested again soon\.$/,
    )
    expect(warnings[0]).toContain(reason)
    expect(readFileSync(file, 'utf8')).toBe('a-token')
    response = { status: 200, body: '{"value":"the-next"}' }
    jest.advanceTimersByTime(2 * 60_000)
    await until(() => readFileSync(file, 'utf8') === 'the-next')
  })

  it('is renewed once, however often Terraform is initialized', async () => {
    await start()
    const before = requests.length
    response = { status: 200, body: '{"value":"renewed"}' }
    jest.advanceTimersByTime(2 * 60_000)
    await until(() => readFileSync(file, 'utf8') === 'renewed')
    expect(requests).toHaveLength(before + 1)
  })

  it('is removed at the end, also by a renewal in progress', async () => {
    jest.advanceTimersByTime(2 * 60_000)
    stopRenewing()
    const inProgress = requests.length
    jest.advanceTimersByTime(60 * 60_000)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(readdirSync(work)).toEqual([])
    expect(requests.length - inProgress).toBeLessThanOrEqual(1)
    expect(warnings).toEqual([])
    expect(process.listeners('exit')).not.toContain(stopRenewing)
  })
})
