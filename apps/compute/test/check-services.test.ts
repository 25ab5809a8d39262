import { join } from 'node:path'
import { environments, InvalidSettingsError } from '@tideway/constructs'
import { checkServices } from '../src/definition/check-services'
import { services, servicesIn } from '../src/services'
import { fieldExamples } from './field-examples'

/** Such as `dev`, where one environment has `shop.example` and another `dev.shop.example`. */
const domainsBelowOthers = Object.values(environments).flatMap(({ domain: parent }) =>
  Object.values(environments)
    .filter(({ domain }) => domain.endsWith(`.${parent}`))
    .map(({ domain }) => domain.slice(0, -parent.length - 1)),
)

const rolling = {
  runs: 'always',
  tasks: { min: 1, max: 2 },
  cpu: 256,
  memoryMiB: 512,
  image: 'example',
  uses: [],
  capacity: [
    { on: 'fargate', base: 1, weight: 1 },
    { on: 'fargate-spot', weight: 3 },
  ],
  standbys: ['fargate'],
  release: { kind: 'rolling', minHealthyPercent: 100, maxPercent: 200 },
}
const scheduled = { ...rolling, runs: 'rate(5 minutes)', tasks: 1 }
const traffic = { from: 'internal', priority: 1, requestsPerTask: 100 }
const external = { from: 'external', paths: ['/a', '/b'] }

const digest = `sha256:${'0'.repeat(64)}`
const ecr = '123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app'

const containerFields = [
  'cpu',
  'memoryMiB',
  'image',
  'architecture',
  'ephemeralStorageGiB',
  'port',
  'command',
  'entryPoint',
  'temporaryFolders',
  'stopSeconds',
  'environment',
  'secrets',
  'featureFlags',
  'log',
]

const endless: { log?: object } = {}
endless.log = endless

/** The paths of all values in a definition. */
function pathsIn(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [
    [key],
    ...pathsIn(inner).map((path) => [key, ...path]),
  ])
}

function withValue(into: object, [key = '', ...path]: readonly string[], value: unknown): object {
  const copy: object = Array.isArray(into) ? [...into] : { ...into }
  const inner: unknown = Reflect.get(copy, key)
  Reflect.set(copy, key, path.length === 0 ? value : withValue(Object(inner), path, value))
  return copy
}

function errorOf(run: () => void): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
}

/** Without type checks, as from JavaScript: the types reject most of these definitions. */
const check = (definition: object | null, more: object = {}) =>
  Reflect.apply(checkServices, undefined, [{ mine: definition, ...more }])

describe('an invalid service stops the synthesis', () => {
  it.each([
    ['cpu', { cpu: 300 }, /mine\.ts: service\.cpu: must be one of 256, 512.*got 300/],
    ['memoryMiB', { memoryMiB: 700 }, /mine\.ts: service\.memoryMiB: must be 512 to 2048.*got 700/],
    ['memoryMiB', { cpu: 1024, memoryMiB: 1024 }, /must be 2048 to 8192/],
    ['memoryMiB', { cpu: 8192, memoryMiB: 17_408 }, /steps of 4096/],
    ['tasks', { tasks: { min: 0, max: 2 } }, /mine\.ts: service\.tasks: must have .* 1 or more/],
    ['tasks', { tasks: { min: 3, max: 2 } }, /mine\.ts: service\.tasks/],
    ['capacity', { capacity: [] }, /must name a kind/],
    [
      'capacity of both families',
      { capacity: [...rolling.capacity, { on: 'ec2', weight: 1 }] },
      /must be all Fargate or all EC2/,
    ],
    [
      'capacity with two bases',
      {
        capacity: [
          { on: 'fargate', base: 1, weight: 1 },
          { on: 'fargate-spot', base: 1, weight: 1 },
        ],
      },
      /must have one base at most/,
    ],
    [
      'capacity named twice',
      {
        capacity: [
          { on: 'fargate-spot', weight: 1 },
          { on: 'fargate-spot', weight: 1 },
        ],
      },
      /must name each kind once/,
    ],
    ['capacity without weight', { capacity: [{ on: 'fargate-spot', weight: 0 }] }, /above 0/],
    [
      'capacity with a weight of 1001',
      { capacity: [{ on: 'fargate-spot', weight: 1001 }] },
      /1000/,
    ],
    [
      'capacity with a base below 0',
      { capacity: [{ on: 'fargate-spot', base: -1, weight: 1 }] },
      /base from 0/,
    ],
    ['standbys on Spot', { standbys: ['fargate-spot'] }, /must be on demand/],
    ['standbys named twice', { standbys: ['ec2', 'ec2'] }, /must name each kind once/],
    ['no standbys', { standbys: [] }, /must name at least one/],
    [
      'standbys without Spot capacity',
      { capacity: [{ on: 'fargate', weight: 1 }] },
      /must be empty: there is no Spot/,
    ],
    ['deregistrationSeconds', { deregistrationSeconds: 120 }, /must be 0 to 110/],
    [
      'maxCoverDollarsPerHour',
      { maxCoverDollarsPerHour: 0 },
      /must be from 0.001 to 1000000.*got 0/,
    ],
    [
      'atNotice',
      { atNotice: 'stay' },
      /mine\.ts: service\.atNotice: must be "serve-until-drained".*"stay"/,
    ],
    [
      'prefer',
      { prefer: 'money' },
      /mine\.ts: service\.prefer: must be "cost", "balance".*"money"/,
    ],
    ['slowestRequestSeconds', { slowestRequestSeconds: 61 }, /must be 0 to 60, the dereg.*got 61/],
    [
      'slowestRequestSeconds above deregistrationSeconds',
      { slowestRequestSeconds: 20, deregistrationSeconds: 10 },
      /must be 0 to 10/,
    ],
    [
      'a release that cannot start',
      { release: { kind: 'rolling', minHealthyPercent: 100, maxPercent: 100 } },
      /maxPercent above 100/,
    ],
    [
      'a release without room to rebalance the zones',
      { release: { kind: 'rolling', minHealthyPercent: 50, maxPercent: 100 } },
      /maxPercent above 100/,
    ],
    [
      'blue/green on EC2',
      {
        release: { kind: 'blue-green' },
        capacity: [{ on: 'ec2-spot', weight: 1 }],
        traffic,
      },
      /must be Fargate for blue\/green/,
    ],
    ['blue/green without traffic', { release: { kind: 'blue-green' } }, /must be set/],
    ['a priority', { traffic: { ...traffic, priority: 0 } }, /priority: must be 1 to 50000/],
    ['memoryMiB as text', { memoryMiB: '512' }, /memoryMiB: must be 512 to 2048.*got "512"/],
    ['an image without version', { image: {} }, /image: must have either a tag or a digest/],
    ['no image', { image: undefined }, /image: must be "example" or an object.*got nothing/],
    ['a tag with a space', { image: { tag: 'a b' } }, /image: must have a tag of 1 to 128/],
    ['a short digest', { image: { digest: 'sha256:0' } }, /have a digest of sha256/],
    ['both versions', { image: { tag: '1', digest } }, /either a tag or a digest/],
    ['an image without host', { image: { from: 'nginx', tag: '1' } }, /a repository with its host/],
    ['a registry on a port', { image: { from: 'r.example:5000/a', tag: '1' } }, /on port 443/],
    [
      'a tag that moves',
      { image: { from: 'ghcr.io/a/b', tag: 'latest' } },
      /always means the same image/,
    ],
    [
      'credentials for ECR',
      { image: { from: ecr, tag: '1', credentials: 'registry' } },
      /no credentials for ECR/,
    ],
    ['credentials without registry', { image: { tag: '1', credentials: 'a' } }, /another registry/],
    [
      'credentials that are none',
      { image: { from: 'ghcr.io/a/b', tag: '1', credentials: 'a b' } },
      /credentials the name of a secret/,
    ],
    ['architecture', { architecture: 'arm' }, /architecture: must be "arm64" or "x86-64"/],
    [
      'architecture of a standby',
      { architecture: 'x86-64', standbys: ['ec2'] },
      /architecture: must be arm64 on instances, also for standbys/,
    ],
    ['ephemeralStorageGiB', { ephemeralStorageGiB: 20 }, /ephemeralStorageGiB: must .* 21 to 200/],
    [
      'ephemeralStorageGiB of a standby',
      { ephemeralStorageGiB: 30, standbys: ['fargate', 'ec2'] },
      /ephemeralStorageGiB: must be absent for tasks on instances/,
    ],
    ['port', { port: 80 }, /port: must be a whole number from 1024.*got 80/],
    ['command', { command: 'npm start' }, /command: must be a list.*got "npm start"/],
    ['entryPoint', { entryPoint: [] }, /entryPoint: must be a list of one or more/],
    ['stopSeconds', { stopSeconds: 121 }, /stopSeconds: must be a whole number from 2 to 120/],
    [
      'stopSeconds below slowestRequestSeconds',
      { stopSeconds: 10, slowestRequestSeconds: 20 },
      /stopSeconds: must be at least 20, the slowestRequestSeconds/,
    ],
    ['a folder', { temporaryFolders: ['/tmp'] }, /temporaryFolders: must be a list of folders/],
    ['a system folder', { temporaryFolders: [{ path: '/proc/a' }] }, /have absolute paths/],
    ['a relative folder', { temporaryFolders: [{ path: '/a/../b' }] }, /have absolute paths/],
    [
      'a folder twice',
      { temporaryFolders: [{ path: '/tmp' }, { path: '/tmp', memoryMiB: 1 }] },
      /name each path once/,
    ],
    ['a size', { temporaryFolders: [{ path: '/tmp', memoryMiB: '1' }] }, /a whole number of MiB/],
    [
      'folders as large as the task',
      { temporaryFolders: [{ path: '/tmp', memoryMiB: 512 }] },
      /use less memory than the 512 MiB of the task, and they use 512/,
    ],
    ['local', { local: ['node', 'server.js'] }, /local: must be an object with run/],
    ['local.run', { local: { run: 'node server.js' } }, /local: must have as run a list/],
    ['local.cwd', { local: { run: ['node'], cwd: '' } }, /local: must have as cwd the path/],
    ['log', { log: 30 }, /log: must be an object/],
    ['log.retentionDays', { log: { retentionDays: 31 } }, /log: must have as retentionDays one of/],
    ['log.bufferMiB', { log: { bufferMiB: 129 } }, /log: must have a bufferMiB of 1 to 128/],
    ['environment', { environment: 'A=1' }, /environment: must be an object of variables/],
    ['a number', { environment: { A: 1 } }, /environment\.A: must be a string; got "number"/],
    ['a name', { environment: { 'A-B': '' } }, /environment\.A-B: must be named with letters/],
    [
      'a name of ECS',
      { environment: { ECS_A: '' } },
      /environment\.ECS_A: must be no variable that/,
    ],
    ['a secret', { environment: { API_KEY: 'abc' } }, /environment\.API_KEY: must hold no secret/],
    ['secrets', { secrets: ['A'] }, /secrets: must be an object of variables/],
    ['no source', { secrets: { A: 'abc' } }, /secrets\.A: must name a `secret`.*got "string"/],
    [
      'two sources',
      { secrets: { A: { secret: 'a', parameter: 'b' } } },
      /secrets\.A: must name a `secret`.*or a `parameter`/,
    ],
    [
      'a name like the end of an ARN',
      { secrets: { A: { secret: 'team/app-secret' } } },
      /secrets\.A: must .*not ending in a hyphen and six characters.*got "team\/app-secret"/,
    ],
    ['a parameter', { secrets: { A: { parameter: '/a//b' } } }, /must name a parameter of this/],
    [
      'a key of a parameter',
      { secrets: { A: { parameter: '/a', key: 'b' } } },
      /have a key of a secret only/,
    ],
    ['a key', { secrets: { A: { secret: 'a', key: 'b:c' } } }, /have as key one of the JSON/],
    [
      'a variable twice',
      { environment: { A: '' }, secrets: { A: { secret: 'a' } } },
      /secrets\.A: must be no variable of `environment` too/,
    ],
    ['featureFlags', { featureFlags: { a: [] } }, /featureFlags: must be "off", or values/],
    ['too many featureFlags', { featureFlags: { a: 'x'.repeat(4096) } }, /in 4096 characters/],
    ['traffic that is no object', { traffic: 'all' }, /service\.traffic: must be an object.*"all"/],
  ])('%s', (_, change, message) => {
    expect(() => check(rolling)).not.toThrow()
    expect(() => check({ ...rolling, ...change })).toThrow(message)
  })

  it.each([
    ['port', { port: 8080 }, /must be absent for a scheduled task/],
    ['runs', { runs: 'cron(0 3 * * ?)' }, /six fields/],
    ['runs', { runs: 'rate(0 minutes)' }, /mine\.ts: service\.runs/],
    ['tasks', { tasks: 11 }, /must be 1 to 10/],
  ])('%s of a scheduled task', (_, change, message) => {
    expect(() => check(scheduled)).not.toThrow()
    expect(() => check({ ...scheduled, ...change })).toThrow(message)
  })

  it.each([
    ['from', { from: 'public' }, /traffic\.from: must be "external" or "internal"; got "public"/],
    [
      'requestsPerTask',
      { requestsPerTask: 0 },
      /requestsPerTask: must be a number above 0, or "off"; got 0/,
    ],
    ['no rules', { rules: 3 }, /traffic\.rules: must be a list.*got 3/],
    [
      'a rule without priority',
      { rules: [{}] },
      /traffic\.rules\[0\]\.priority: must be 1 to 50000/,
    ],
    ['its own priority twice', { rules: [{ priority: 1 }] }, /rules\[0\]\.priority.*mine has it/],
    ['the priority of the web fleet', { ...external, priority: 900 }, /the web fleet has it/],
    ['a host with its domain', { hosts: ['shop.example'] }, /traffic\.hosts: must .* without dots/],
    [
      'an external host of two dots',
      { ...external, hosts: ['a..b'] },
      /traffic\.hosts: .*"a\.\.b"/,
    ],
    ['a wildcard in a host', { ...external, hosts: ['a.*'] }, /traffic\.hosts: .* such as "shop"/],
    ['hosts that are no list', { ...external, hosts: 3 }, /traffic\.hosts: must be one to .*got 3/],
    [
      'the host of a load balancer',
      { ...external, hosts: ['*.internal'] },
      /hosts: must not be or/,
    ],
    ...domainsBelowOthers.map((below): [string, object, RegExp] => [
      `a host below ${below}, the domain of another environment`,
      { ...external, hosts: [`a.${below}`] },
      /names of the platform/,
    ]),
    [
      'a host below ten names',
      {
        ...external,
        paths: undefined,
        hosts: ['*.a', '*.b', '*.c'],
        rules: [...'defg'].map((it, index) => ({
          priority: 10 + index,
          hosts: [`*.${it}`, `*.${it}.x`, `*.${it}.y`],
        })),
      },
      /service\.traffic: must not need another name of the certificate/,
    ],
    ['a path without slash', { paths: ['v2/*'] }, /traffic\.paths: must .* begin with/],
    ['no paths', { paths: [] }, /traffic\.paths: must be one to three/],
    ['four paths', { paths: ['/a', '/b', '/c', '/d'] }, /traffic\.paths: must be one to three/],
    ['a path twice', { paths: ['/a', '/a'] }, /traffic\.paths: must be one to three different/],
    ['paths that are no list', { paths: '/a' }, /traffic\.paths: must be .*got "\/a"/],
    ['an unknown method', { methods: ['TRACE'] }, /traffic\.methods: must be .*GET, HEAD/],
    ['a header with a space', { headers: { 'a b': ['c'] } }, /traffic\.headers: must be headers/],
    ['a header without values', { headers: { a: [] } }, /traffic\.headers: must be headers/],
    ['headers that are a list', { headers: ['a'] }, /traffic\.headers: must be headers/],
    ['the header Host', { headers: { Host: ['a'] } }, /traffic\.headers: must not name host/],
    ['the header of the CDN', { headers: { 'X-Tideway-Origin': ['a'] } }, /which the CDN sets/],
    ['a query of text', { query: { version: '2' } }, /traffic\.query: must be parameters/],
    [
      'five values beside the host',
      { paths: ['/a', '/b', '/c'], methods: ['GET', 'PUT'] },
      /service\.traffic: must have at most 5 values .* the host among them; got 6/,
    ],
    [
      'four values beside the header of the CDN',
      { ...external, methods: ['GET', 'PUT'], query: { a: ['1'] } },
      /service\.traffic: must have at most 3 values .* of the CDN takes two; got 5/,
    ],
    ['six wildcards', { paths: ['/*/*/*', '/?/?/?'] }, /at most five wildcards.*got 6/],
    [
      'all requests of the CDN',
      { from: 'external' },
      /service\.traffic: must have a condition.*Add paths/,
    ],
    ['a health check of text', { healthCheck: '/up' }, /traffic\.healthCheck: must be an object/],
    ['a health path', { healthCheck: { path: 'up' } }, /healthCheck\.path: must begin with \//],
    [
      'health codes',
      { healthCheck: { codes: '199' } },
      /healthCheck\.codes: must be codes from 200/,
    ],
    ['a range of codes', { healthCheck: { codes: '300-200' } }, /healthCheck\.codes/],
    ['codes as a number', { healthCheck: { codes: 200 } }, /healthCheck\.codes.*got 200/],
    [
      'HTTP codes for gRPC',
      { protocol: 'grpc', healthCheck: { codes: '200' } },
      /healthCheck\.codes: must be codes from 0 to 99/,
    ],
    ['an interval', { healthCheck: { intervalSeconds: 4 } }, /intervalSeconds: must be 5 to 300/],
    [
      'a timeout as long as the interval',
      { healthCheck: { timeoutSeconds: 10 } },
      /timeoutSeconds: must be less than intervalSeconds, which is 10; got 10/,
    ],
    ['a threshold', { healthCheck: { healthyThreshold: 1 } }, /healthyThreshold: must be 2 to 10/],
    [
      'a threshold',
      { healthCheck: { unhealthyThreshold: 11 } },
      /unhealthyThreshold: must be 2 to/,
    ],
    ['a grace period', { healthCheck: { graceSeconds: -1 } }, /graceSeconds: must be 0 to/],
    ['an unknown protocol', { protocol: 'http3' }, /traffic\.protocol: must be "http1", "http2"/],
    [
      'gRPC from the CDN without hosts',
      { ...external, protocol: 'grpc', hosts: ['a'], rules: [{ priority: 2, paths: ['/a'] }] },
      /protocol: must be "grpc" for external traffic only with hosts in every rule/,
    ],
    ['HTTP/2 from the CDN', { ...external, protocol: 'http2' }, /protocol: must not be "http2"/],
    ['a slow start', { slowStartSeconds: 10 }, /slowStartSeconds: must be 30 to 900; got 10/],
    [
      'stickiness for ever',
      { stickiness: { seconds: 1e9 } },
      /stickiness: must have seconds from 1/,
    ],
    ['stickiness as true', { stickiness: true }, /stickiness: must have seconds/],
    [
      'the cookie of the load balancer',
      { stickiness: { seconds: 60, cookie: 'AWSALB' } },
      /stickiness: must have a cookie .* reserved/,
    ],
    [
      'stickiness for gRPC',
      { stickiness: { seconds: 60 }, protocol: 'grpc' },
      /stickiness: must be absent for gRPC/,
    ],
  ])('%s in the traffic', (_, change, message) => {
    const own = { ...rolling, image: { tag: '1' } }
    expect(() => check({ ...own, traffic })).not.toThrow()
    expect(() => check({ ...own, traffic: { ...traffic, ...change } })).toThrow(message)
  })

  it('a host of two protocols', () => {
    const http = { ...rolling, traffic: { ...traffic, from: 'external', hosts: ['shop', '*.a'] } }
    const grpc = (hosts: readonly string[]) => ({
      other: {
        ...http,
        image: { tag: '1' },
        traffic: { ...http.traffic, priority: 2, hosts, protocol: 'grpc' },
      },
    })
    expect(() => check(http, grpc(['chat', 'x.a']))).not.toThrow()
    expect(() => check(http, grpc(['chat', 'shop']))).toThrow(
      /mine\.ts: service\.traffic\.hosts: must differ .*\n.*other\.ts: service\.traffic\.hosts: must differ/s,
    )
  })

  it('protocols and sessions that the rest of the service does not support', () => {
    const grpc = { ...traffic, protocol: 'grpc' }
    expect(() => check({ ...rolling, traffic: grpc })).toThrow(/"http1" for the image "example"/)
    const sticky = { ...traffic, stickiness: { seconds: 60 } }
    expect(() => check({ ...rolling, traffic: sticky })).not.toThrow()
    const release = { kind: 'blue-green' }
    expect(() => check({ ...rolling, release, traffic: sticky })).toThrow(/absent for blue\/green/)
  })

  const server = { ...rolling, capacity: [{ on: 'fargate', weight: 1 }], standbys: [] }
  const ledger = { ...server, connect: { serves: 'http' } }

  it.each([
    ['no object', { connect: true }, /service\.connect: must be an object with serves, calls/],
    ['nothing', { connect: {} }, /service\.connect: must be an object with serves, calls/],
    ['an unknown protocol', { connect: { serves: 'udp' } }, /connect\.serves: must be "http"/],
    ['a name for a standby too', { ...rolling, connect: { serves: 'tcp' } }, /with standbys: ECS/],
    ['calls as text', { connect: { calls: 'ledger' } }, /connect\.calls: must be a list/],
    ['a call twice', { connect: { calls: ['ledger', 'ledger'] } }, /calls: must be a list of diff/],
    [
      'an unknown service',
      { connect: { calls: ['constructor'] } },
      /calls: must name services whose/,
    ],
    [
      'a service without a name',
      { connect: { calls: ['plain'] } },
      /calls: must name services whose/,
    ],
    [
      'calls in a circle',
      { connect: { serves: 'tcp', calls: ['back'] } },
      /calls: must not lead back/,
    ],
    [
      'a release by CodeDeploy',
      { ...rolling, release: { kind: 'blue-green' }, traffic, connect: { calls: ['ledger'] } },
      /service\.connect: must be absent for blue\/green: CodeDeploy/,
    ],
    ['a schedule', { ...scheduled, connect: { calls: ['ledger'] } }, /absent for a scheduled task/],
  ])('%s in Service Connect', (_, change, message) => {
    const others = {
      ledger,
      plain: server,
      back: { ...server, connect: { serves: 'tcp', calls: ['middle'] } },
      middle: { ...server, connect: { serves: 'tcp', calls: ['mine'] } },
    }
    const valid = { serves: 'grpc', calls: ['ledger'] }
    expect(() => check({ ...server, connect: valid }, others)).not.toThrow()
    // A standby can call others: only a name is for one service.
    expect(() => check({ ...rolling, connect: { calls: ['ledger'] } }, { ledger })).not.toThrow()
    expect(() => check({ ...server, ...change }, others)).toThrow(message)
  })

  it('two services with the same priority on one load balancer', () => {
    const mine = { ...rolling, traffic }
    expect(() => check(mine, { other: mine })).toThrow(
      /other\.ts: service\.traffic\.priority.*mine has it/,
    )
    const other = { ...mine, traffic: { ...traffic, ...external } }
    expect(() => check(mine, { other })).not.toThrow()
  })

  it.each([null, '', 'x', -1, Number.NaN, 10n, Symbol('s'), [null], [[]], { a: 10n }, () => 1])(
    'any wrong value of a container field has a message: %p',
    (value) => {
      for (const field of containerFields) {
        expect(() => check({ ...rolling, [field]: value })).toThrow(
          new RegExp(`^apps/compute/src/services/mine.ts: service\\.${field}[.:]`, 'm'),
        )
      }
    },
  )

  it('never shows the value of a variable', () => {
    const value = 'not for the log of CI'
    for (const wrong of [
      { environment: { TOKEN: value } },
      { environment: { A: [value] } },
      { secrets: { A: value } },
      { secrets: { A: { value } } },
    ]) {
      expect(() => check({ ...rolling, ...wrong })).toThrow(/\.(TOKEN|A): must/)
      expect(() => check({ ...rolling, ...wrong })).not.toThrow(value)
    }
  })

  it.each([
    ['nothing', null, /mine\.ts: service: must be an object.*got null/],
    ['a release of no kind', { release: {} }, /service\.release: must be an object with the kind/],
    [
      'half a percent',
      { release: { ...rolling.release, minHealthyPercent: 0.5 } },
      /whole numbers/,
    ],
    [
      'an unknown kind of capacity',
      { capacity: [{ on: 'gpu', weight: 1 }] },
      /each with one of fa/,
    ],
    [
      'a sidecar without memory beside the folders',
      {
        temporaryFolders: [{ path: '/a', memoryMiB: 400 }],
        sidecars: { a: { image: { tag: '1' } } },
      },
      /service\.sidecars: must use less MiB of memory, with .* than the 512 .*, and use 528;/,
    ],
    ['a date', { owner: new Date(0) }, /service\.owner: must be data that JSON can represent/],
    ['an endless log', { log: endless }, /service\.log\.log: must be data/],
    ['a symbol', { featureFlags: { a: Symbol('a') } }, /service\.featureFlags\.a: must be data/],
    ['no number', { featureFlags: { a: Number.NaN } }, /service\.featureFlags: must be "off", or/],
  ])('%s', (_, change, message) => {
    expect(() => check(change === null ? change : { ...rolling, ...change })).toThrow(message)
  })

  it('a value of the wrong type anywhere, with a message', () => {
    const jobs = { namespace: 'Shop', name: 'Jobs', dimensions: { Queue: 'jobs' }, target: 1 }
    const scaled = { ...rolling, scaling: { metrics: { jobs } } }
    const examples = servicesIn(join(__dirname, '../examples'))
    const byPath = new Map(
      Object.values({ ...fieldExamples, ...examples, scaled }).flatMap((definition) =>
        pathsIn(definition).map((path) => [`${definition.runs} ${path}`, { definition, path }]),
      ),
    )
    const crashes = [...byPath.values()].flatMap(({ definition, path }) =>
      [null, [null], 0].flatMap((wrong) => {
        const error = errorOf(() => check(withValue(definition, path, wrong)))
        const isExpected = error instanceof InvalidSettingsError || (wrong !== null && !error)
        return isExpected ? [] : `${path.join('.')} = ${JSON.stringify(wrong)}: ${error}`
      }),
    )
    expect(crashes).toEqual([])
  })

  it('a name that objects of JavaScript have', () => {
    expect(() => check(rolling, { constructor: rolling })).toThrow(
      /constructor\.ts: service: must not be named like/,
    )
  })

  it('reports all problems at once', () => {
    expect(() => check({ ...rolling, cpu: 300, standbys: [] })).toThrow(/cpu.*\n.*standbys/)
  })
})

it('the services of the platform have their documented sizes', () => {
  expect(() => checkServices(services)).not.toThrow()
  const sizes = Object.entries(services).map(([name, { tasks, cpu, memoryMiB }]) => [
    name,
    typeof tasks === 'number' ? tasks : tasks.min,
    cpu,
    memoryMiB,
  ])
  expect(sizes).toEqual([
    ['api', 3, 512, 1024],
    ['scheduler', 1, 256, 512],
    ['worker', 2, 1024, 2048],
  ])
})

it.each(Object.keys(fieldExamples))(
  'the example of %s in the table of fields is valid',
  (field) => {
    expect(() => check(fieldExamples[field] ?? {})).not.toThrow()
  },
)
