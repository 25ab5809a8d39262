import type { FirewallRule, FirewallStatement, RuleCondition } from '../src/path/deployed-path'
import { managedCachePolicies } from '../src/path/managed-policies'
import type { PathRequest } from '../src/path/request'
import {
  apiGroup,
  type Draft,
  forwardTo,
  healthy,
  internalHost,
  listener,
  ok,
  originHost,
  rule,
  site,
  TestPath,
  textOf,
  workerGroup,
} from './deployed-path'

type Change = NonNullable<ConstructorParameters<typeof TestPath>[0]>

const optimized = managedCachePolicies['658327ea-f89d-4fab-a63d-7e88639e58f6']

/** A path in which CloudFront caches what the services answer. */
function cached(change: Change = () => {}): TestPath {
  return new TestPath((deployed) => {
    const [distribution] = deployed.distributions
    if (distribution) distribution.defaultBehavior.cachePolicy = { ...optimized } as never
    change(deployed)
  })
}

/** The internal load balancer with one rule before its default action. */
function withConditions(...conditions: RuleCondition[]): TestPath {
  return new TestPath(({ loadBalancers }) => {
    const internal = loadBalancers[1]
    if (internal)
      internal.listeners = [listener('internal', 443, [rule('internal', 1, conditions)])] as never
  })
}

const inside = { host: internalHost, callerGroupIds: ['sg-clients'] }

describe('rules of a listener', () => {
  const host = (...values: string[]): RuleCondition => ({ field: 'host-header', values })
  const path = (...values: string[]): RuleCondition => ({ field: 'path-pattern', values })
  const header = (name: string, ...values: string[]): RuleCondition => ({
    field: 'http-header',
    name,
    values,
  })
  const query = (value: string, key?: string): RuleCondition => ({
    field: 'query-string',
    values: [{ value, key }],
  })

  test.each<[RuleCondition, string, Partial<PathRequest>, boolean]>([
    [host('WORKER.internal.*'), '/', {}, true],
    [host('*.shop.example'), '/', {}, true],
    [host('internal.shop.example', internalHost), '/', {}, true],
    [host('?.internal.shop.example'), '/', {}, false],
    [path('/img/*'), '/img/a/b.png?x=1', {}, true],
    [path('/img/*'), '/IMG/a.png', {}, false],
    [path('/img/*'), '/img', {}, false],
    [path('/a?c'), '/abc', {}, true],
    [path('/a?c'), '/ac', {}, false],
    [path('/a.c'), '/abc', {}, false],
    [path('*'), '/?q=1', {}, true],
    [
      header('User-Agent', '*chrome*'),
      '/',
      { headers: { 'user-agent': 'Mozilla Chrome/1' } },
      true,
    ],
    [header('Constructor', '*'), '/', {}, false],
    [header('constructor', 'a'), '/', { headers: { constructor: 'a' } as never }, true],
    [header('user-agent', 'curl'), '/', { headers: { 'user-agent': 'curl/8' } }, false],
    [header('x-absent', '*'), '/', {}, false],
    [header('x_invalid', '*'), '/', { headers: { x_invalid: '1' } }, false],
    [{ field: 'http-request-method', values: ['PURGE'] }, '/', { method: 'PURGE' }, true],
    [{ field: 'http-request-method', values: ['get'] }, '/', {}, false],
    [{ field: 'source-ip', values: ['203.0.113.0/24'] }, '/', {}, true],
    [{ field: 'source-ip', values: ['203.0.113.8/32'] }, '/', {}, false],
    [{ field: 'source-ip', values: ['2001:db8::/32'] }, '/', { clientIp: '2001:db8:1::7' }, true],
    [{ field: 'source-ip', values: ['2001:db8::/32'] }, '/', { clientIp: '2001:db9::1' }, false],
    [query('V1', 'Version'), '/?a=b&version=v1', {}, true],
    [query('v1', 'version'), '/?version=v10', {}, false],
    [query('ex*'), '/?any=example', {}, true],
    [query('x', 'a'), '/', {}, false],
  ])('matches %j to %s %j: %s', (condition, requestPath, request, matches) => {
    const routed = withConditions(condition).route(requestPath, { ...inside, ...request })
    expect(routed.kind).toBe(matches ? 'target' : 'answer')
  })

  test('requires all conditions', () => {
    const withBoth = withConditions(path('/a*'), header('x-key', 'one'))
    expect(withBoth.route('/a', inside).kind).toBe('answer')
    expect(withBoth.route('/a', { ...inside, headers: { 'x-key': 'ONE' } }).kind).toBe('target')
  })

  test('evaluates the lowest priority first', () => {
    const both = new TestPath(({ loadBalancers }) => {
      const rules = [
        rule('internal', 20, []),
        { ...rule('internal', 3, []), actions: [forwardTo(workerGroup)] },
      ]
      const internal = loadBalancers[1]
      if (internal) internal.listeners = [listener('internal', 443, rules)] as never
    })
    expect(both.route('/', inside).by).toEqual({ rule: 'internal:443/3', targetGroup: 'worker' })
  })

  test('redirects with the parts of the request', () => {
    const redirecting = new TestPath(({ loadBalancers }) => {
      const action = {
        type: 'redirect',
        protocol: '#{protocol}',
        host: 'new.#{host}',
        port: '8443',
        path: '/v2/#{path}',
        query: '#{query}&from=#{port}',
        status: 302,
      } as const
      const internal = loadBalancers[1]
      if (internal?.listeners[0])
        internal.listeners[0].rules = [{ ...rule('internal', 1, []), actions: [action] }] as never
    })
    expect(redirecting.get('/a/b?x=1', inside).response).toMatchObject({
      status: 302,
      headers: { location: `https://new.${internalHost}:8443/v2/a/b?x=1&from=443` },
    })
  })

  test('names an action that does not run, and performs the next', () => {
    const withLogin = new TestPath(({ loadBalancers }) => {
      const [only] = loadBalancers[1]?.listeners[0]?.rules ?? []
      only?.actions.unshift({ type: 'notRun', name: 'authenticate-oidc' })
    })
    expect(withLogin.get('/', inside).response.status).toBe(200)
    expect(withLogin.path.notRun).toEqual([
      {
        part: 'rule 100 of listener 443 of internal',
        message: 'authenticate-oidc does not run here',
      },
    ])
  })
})

describe('what a task receives', () => {
  const viewer = {
    host: site,
    'user-agent': 'curl/8',
    accept: '*/*',
    cookie: 'a=1; b=2',
    te: 'trailers',
    'x-forwarded-for': '198.51.100.1',
    'x-forwarded-proto': 'gopher',
    'x-origin': 'guessed',
  }

  test('is the request of the viewer, with what CloudFront and the load balancer add', () => {
    const { headers, ...request } = new TestPath().received('/api?x=1&y', { headers: viewer })
    expect(request).toMatchObject({ scheme: 'http', host: site, method: 'GET', path: '/api?x=1&y' })
    expect(headers).toEqual({
      host: site,
      'user-agent': 'curl/8',
      accept: '*/*',
      cookie: 'a=1; b=2',
      'x-forwarded-for': '198.51.100.1, 203.0.113.7, 130.176.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '443',
      'x-origin': 'a-secret',
      via: expect.stringMatching(/^1\.1 \w{32}\.cloudfront\.net \(CloudFront\)$/),
      'x-amz-cf-id': expect.stringMatching(/^\w{56}$/),
      'x-amzn-trace-id': expect.stringMatching(/^Root=1-6553f100-[0-9a-f]{24}$/),
    })
  })

  test('has neither headers, cookies nor a query string without a policy for them', () => {
    const withoutPolicy = new TestPath(
      ({ distributions: [distribution], loadBalancers: [external] }) => {
        if (distribution) delete distribution.defaultBehavior.originRequestPolicy
        if (external?.listeners[0]) external.listeners[0].rules[0]?.conditions.splice(1)
      },
    )
    const { headers, path, host } = withoutPolicy.received('/api?x=1', { headers: viewer })
    expect({ host, path }).toEqual({ host: originHost, path: '/api' })
    expect(headers).toMatchObject({ host: originHost, 'user-agent': 'Amazon CloudFront' })
    expect(headers).not.toHaveProperty('cookie')
    expect(headers).not.toHaveProperty('accept')
  })

  test('has what the cache policy names, too', () => {
    const some = { behavior: 'whitelist', names: ['b', 'y'] } as const
    const selecting = new TestPath(({ distributions: [distribution] }) => {
      if (distribution === undefined) return
      delete distribution.defaultBehavior.originRequestPolicy
      const headers = {
        behavior: 'whitelist',
        names: ['accept', 'cloudfront-viewer-country'],
      } as const
      const policy = { ...optimized, headers, cookies: some, queryStrings: some }
      distribution.defaultBehavior.cachePolicy = policy as never
    })
    const { headers, path } = selecting.received('/api?x=1&y=2', {
      headers: { ...viewer, 'accept-encoding': 'deflate, gzip;q=1.0, br' },
    })
    expect(path).toBe('/api?y=2')
    expect(headers).toMatchObject({
      accept: '*/*',
      cookie: 'b=2',
      'accept-encoding': 'br,gzip',
      'cloudfront-viewer-country': 'US',
    })
  })

  test.each([
    ['append', '198.51.100.1, 203.0.113.7'],
    ['preserve', '198.51.100.1'],
    ['remove', undefined],
  ] as const)('has the forwarded addresses by the setting %s', (setting, expected) => {
    const path = new TestPath(({ loadBalancers }) => {
      const internal = loadBalancers[1]
      if (internal) internal.xForwardedFor = setting
    })
    const { headers } = path.received('/', { ...inside, headers: viewer })
    expect(headers['x-forwarded-for']).toBe(expected)
  })

  test('keeps the trace of the caller', () => {
    const headers = { 'x-amzn-trace-id': 'Root=1-67891233-abcdef012345678912345678;Parent=1' }
    expect(new TestPath().received('/', { ...inside, headers }).headers['x-amzn-trace-id']).toMatch(
      /^Self=1-6553f100-[0-9a-f]{24};Root=1-67891233-abcdef012345678912345678;Parent=1$/,
    )
  })
})

describe('choice of a target', () => {
  function targetsOf(
    path: TestPath,
    count: number,
    request: Partial<PathRequest> = {},
  ): Record<string, number> {
    const chosen: Record<string, number> = {}
    for (let index = 0; index < count; index++) {
      const routed = path.route('/api', request)
      if (routed.kind !== 'target') throw new Error(textOf(routed.response))
      routed.finish(path.reply)
      chosen[routed.target.id] = (chosen[routed.target.id] ?? 0) + 1
    }
    return chosen
  }

  test('is in turn, among healthy targets', () => {
    const path = new TestPath()
    path.targets = [
      ...healthy('a', 'b'),
      { id: 'c', port: 8080, state: 'unhealthy', since: 0 },
      { id: 'd', port: 8080, state: 'initial', since: 0 },
      { id: 'e', port: 8080, state: 'draining', since: 0 },
    ]
    expect(targetsOf(path, 10)).toEqual({ a: 5, b: 5 })
  })

  test('is among all without a healthy one, but not among those that drain', () => {
    const path = new TestPath()
    path.targets = [
      { id: 'c', port: 8080, state: 'unhealthy', since: 0 },
      { id: 'd', port: 8080, state: 'initial', since: 0 },
      { id: 'e', port: 8080, state: 'draining', since: 0 },
    ]
    expect(targetsOf(path, 10)).toEqual({ c: 5, d: 5 })
  })

  test('has fewer requests for a target in slow start, growing with the time', () => {
    const path = new TestPath(({ targetGroups: [group] }) => {
      if (group) group.slowStartSeconds = 100
    })
    path.targets = healthy('old', 'new').map((target) => ({
      ...target,
      since: target.id === 'old' ? 0 : path.now - 25_000,
    }))
    const { new: early = 0 } = targetsOf(path, 1000)
    path.now += 50_000
    const { new: late = 0 } = targetsOf(path, 1000)
    path.now += 50_000
    expect(early / 1000).toBeCloseTo(0.25 / 1.25, 1)
    expect(late / 1000).toBeCloseTo(0.75 / 1.75, 1)
    expect(targetsOf(path, 10)).toEqual({ old: 5, new: 5 })
  })

  test('is even while all targets are in slow start', () => {
    const path = new TestPath(({ targetGroups: [group] }) => {
      if (group) group.slowStartSeconds = 100
    })
    path.targets = healthy('a', 'b').map((target) => ({ ...target, since: path.now - 1000 }))
    expect(targetsOf(path, 10)).toEqual({ a: 5, b: 5 })
  })

  test('follows the weights of the rule, then those of a release', () => {
    const path = new TestPath(({ loadBalancers: [external] }) => {
      const [first] = external?.listeners[0]?.rules ?? []
      if (first) {
        first.actions = [
          {
            type: 'forward',
            targetGroups: [
              { targetGroupArn: apiGroup, weight: 3 },
              { targetGroupArn: workerGroup, weight: 1 },
            ],
          },
        ]
      }
    })
    const shareOfWorker = () =>
      Array.from({ length: 1000 }, () => path.route()).filter(
        ({ by }) => by.targetGroup === 'worker',
      ).length / 1000
    const ruleArn =
      'arn:aws:elasticloadbalancing:us-east-1:123456789012:listener-rule/app/external/1000'
    expect(shareOfWorker()).toBeCloseTo(0.25, 1)
    path.path.setWeights(ruleArn, [
      { targetGroupArn: apiGroup, weight: 0 },
      { targetGroupArn: workerGroup, weight: 100 },
    ])
    expect(shareOfWorker()).toBe(1)
    path.path.setWeights(ruleArn, undefined)
    expect(shareOfWorker()).toBeCloseTo(0.25, 1)
  })

  test('returns to the target in the cookie, while it is healthy', () => {
    const path = new TestPath(({ targetGroups: [group] }) => {
      if (group) group.stickiness = { type: 'lb_cookie', seconds: 60 }
    })
    const [cookie, forCors] = (path.get().response.headers['set-cookie'] ?? '').split('\n')
    expect(cookie).toMatch(/^AWSALB=[\w-]+; Expires=Tue, 14 Nov 2023 22:14:20 GMT; Path=\/$/)
    expect(forCors).toMatch(/^AWSALBCORS=.*; SameSite=None; Secure$/)
    const headers = { cookie: `x=1; ${cookie?.split(';')[0]}` }
    expect(targetsOf(path, 5, { headers })).toEqual({ '10.0.1.1': 5 })
    path.targets = healthy('10.0.1.2')
    expect(targetsOf(path, 5, { headers })).toEqual({ '10.0.1.2': 5 })
  })

  test('follows the cookie of the application', () => {
    const path = new TestPath(({ targetGroups: [group] }) => {
      if (group) group.stickiness = { type: 'app_cookie', cookieName: 'session', seconds: 60 }
    })
    expect(path.get().response.headers).not.toHaveProperty('set-cookie')
    path.reply = {
      kind: 'response',
      response: { status: 200, headers: { 'set-cookie': 'session=1' }, body: Buffer.alloc(0) },
      seconds: 0,
    }
    const [own, added] = (path.get().response.headers['set-cookie'] ?? '').split('\n')
    expect(own).toBe('session=1')
    const bound = added?.split(';')[0]
    expect(targetsOf(path, 4, { headers: { cookie: `session=1; ${bound}` } })).toEqual({
      '10.0.1.2': 4,
    })
    expect(targetsOf(path, 4, { headers: { cookie: `${bound}` } })).toEqual({
      '10.0.1.1': 2,
      '10.0.1.2': 2,
    })
  })

  test('names a target group of functions', () => {
    const path = new TestPath(({ targetGroups: [group] }) => {
      if (group) group.targetType = 'lambda'
    })
    expect(path.get().problem?.message).toMatch(/Lambda functions do not run here/)
  })
})

describe('cache of CloudFront', () => {
  function reply(status: number, headers: Record<string, string> = {}, text = 'ok') {
    return {
      kind: 'response',
      response: { status, headers, body: Buffer.from(text) },
      seconds: 0,
    } as const
  }
  const cacheOf = (path: TestPath, request?: Partial<PathRequest>) =>
    path.get('/api?x=1', request).response.headers['x-cache']

  test.each<[string, Parameters<typeof reply>, number, string]>([
    ['the default time', [200], 86_399, 'Hit from cloudfront'],
    ['the default time', [200], 86_401, 'Miss from cloudfront'],
    ['max-age', [200, { 'cache-control': 'max-age=60' }], 59, 'Hit from cloudfront'],
    ['max-age', [200, { 'cache-control': 'max-age=60' }], 60, 'Miss from cloudfront'],
    [
      's-maxage before max-age',
      [200, { 'cache-control': 'max-age=60, s-maxage=5' }],
      10,
      'Miss from cloudfront',
    ],
    [
      'Expires',
      [200, { expires: new Date(1_700_000_030_000).toUTCString() }],
      29,
      'Hit from cloudfront',
    ],
    [
      'the minimum, also for no-store',
      [200, { 'cache-control': 'no-store' }],
      0.9,
      'Hit from cloudfront',
    ],
    [
      'the minimum, also for no-store',
      [200, { 'cache-control': 'no-store' }],
      1,
      'Miss from cloudfront',
    ],
    ['no redirect without an age', [302, { location: '/' }], 0, 'Miss from cloudfront'],
  ])('keeps a response for %s', (_, response, seconds, expected) => {
    const path = cached()
    path.reply = reply(...response)
    expect(cacheOf(path)).toBe('Miss from cloudfront')
    path.now += seconds * 1000
    expect(cacheOf(path)).toBe(expected)
  })

  test('does not keep what its policy does not allow', () => {
    const path = new TestPath()
    cacheOf(path)
    expect(cacheOf(path)).toBe('Miss from cloudfront')
  })

  test.each([
    [{ headers: { cookie: 'a=1' } }, 'Hit from cloudfront'],
    [{ method: 'HEAD' }, 'Hit from cloudfront'],
    [{ method: 'POST' }, 'Miss from cloudfront'],
    [{ headers: { 'accept-encoding': 'gzip' } }, 'Miss from cloudfront'],
    [{ headers: { range: 'bytes=0-1' } }, 'Miss from cloudfront'],
  ])('finds a response by its key: %j', (request, expected) => {
    const path = cached()
    cacheOf(path)
    expect(cacheOf(path, request)).toBe(expected)
  })

  test('has the age of a response, and confirms its tag', () => {
    const path = cached()
    path.reply = reply(200, { etag: '"1"' })
    path.get()
    path.now += 7000
    expect(path.get().response.headers.age).toBe('7')
    const { response } = path.get('/api', { headers: { 'if-none-match': '"1"' } })
    expect({ status: response.status, text: textOf(response) }).toEqual({ status: 304, text: '' })
  })

  test('keeps an error for ten seconds', () => {
    const path = cached()
    path.reply = reply(503, { 'cache-control': 'no-store' })
    expect(path.get().response.status).toBe(503)
    path.reply = reply(200)
    path.now += 9999
    expect(path.get().response).toMatchObject({
      status: 503,
      headers: { 'x-cache': 'Error from cloudfront' },
    })
    path.now += 1
    expect(path.get().response.status).toBe(200)
  })

  test('keeps no error where its policy disables the cache: only requests of a task that left fail', () => {
    const path = new TestPath()
    const statuses = [0, 100, 200, 300, 400].map((milliseconds) => {
      path.now += milliseconds
      path.reply = milliseconds === 100 ? { kind: 'refused' } : ok
      return path.get().response.status
    })
    expect(statuses).toEqual([200, 502, 200, 200, 200])
  })

  test.each([
    [404, { ttlSeconds: 0 }, {}, 200],
    [404, {}, {}, 404],
    [404, {}, { 'cache-control': 'no-store' }, 200],
    [403, {}, {}, 200],
    [403, {}, { 'cache-control': 'max-age=60' }, 403],
    [405, {}, {}, 200],
  ])('keeps the error %i by its settings %j and headers %j', (status, settings, headers, then) => {
    const path = cached(({ distributions: [distribution] }) => {
      if ('ttlSeconds' in settings) distribution?.errorResponses.push({ status, ttlSeconds: 0 })
    })
    path.reply = reply(status, headers)
    path.get()
    path.reply = reply(200)
    expect(path.get().response.status).toBe(then)
  })

  test('serves what has expired while the origin fails', () => {
    const path = cached()
    path.reply = reply(200, { 'cache-control': 'max-age=5' }, 'good')
    path.get()
    path.now += 10_000
    path.reply = { kind: 'refused' }
    const { response, problem } = path.get()
    expect({ status: response.status, text: textOf(response) }).toEqual({
      status: 200,
      text: 'good',
    })
    expect(problem?.part).toBe('target group api')
  })
})

describe('other settings of CloudFront', () => {
  test.each([
    ['GET', 301],
    ['POST', 307],
  ])('redirects %s to HTTPS', (method, status) => {
    const { response, problem } = new TestPath().get('/api?x=1', { method, scheme: 'http' })
    expect(response).toMatchObject({
      status,
      headers: { location: `https://${site}/api?x=1`, 'x-cache': 'Redirect from cloudfront' },
    })
    expect(problem).toBeUndefined()
  })

  test('returns objects of the bucket', () => {
    const path = new TestPath()
    expect(textOf(path.get('/').response)).toBe('front page')
    expect(textOf(path.get('/index.html').response)).toBe('front page')
    expect(path.get('/assets/app.js', { method: 'HEAD' }).response).toMatchObject({
      status: 200,
      headers: { 'content-length': '6' },
      body: Buffer.alloc(0),
    })
  })

  test.each([
    ['/assets/app.js', 'script'],
    ['/assets/../api', 'ok'],
    ['/assets/%2e%2E/api', 'ok'],
    ['/api/../assets/app.js', 'bucket'],
    ['/api/./../%61ssets/app.js', 'bucket'],
    ['//assets//app.js', 'bucket'],
    ['/../../assets/app.js', 'bucket'],
    ['/assets/..', 'bucket'],
    ['/assets%2Fapp.js', 'ok'],
    ['/api/%zz%', 'ok'],
  ])('finds the behavior of %s by its normalized path: %s', (path, expected) => {
    const { response, problem } = new TestPath().get(path)
    // The bucket receives the path as sent, and has no such object.
    expect(problem ? 'bucket' : textOf(response)).toBe(expected)
  })

  test.each([
    [{ body: Buffer.from('x') }, 403, /a GET must not have a body/],
    [{ method: 'POST', body: Buffer.from('x') }, 200, undefined],
    [{ headers: { cookie: 'x'.repeat(16_000) } }, 200, undefined],
    [{ headers: { cookie: 'x'.repeat(17_000) } }, 400, /a header has more than 16384 bytes/],
    [{ headers: { cookie: 'x'.repeat(33_000) } }, 413, /the headers have more than 32768 bytes/],
  ] as const)('answers a request as its limits say: %#', (request, status, message) => {
    const { response, problem } = new TestPath().get('/api', request)
    expect(response.status).toBe(status)
    if (message === undefined) expect(problem).toBeUndefined()
    else expect(problem?.message).toMatch(message)
  })

  test('returns an error page of the bucket with the status that it names', () => {
    const path = new TestPath(({ distributions: [distribution] }) => {
      distribution?.errorResponses.push({
        status: 403,
        responseStatus: 200,
        responsePath: '/index.html',
        ttlSeconds: 10,
      })
    })
    const { response, problem } = path.get('/assets/missing')
    expect({ status: response.status, text: textOf(response) }).toEqual({
      status: 200,
      text: 'front page',
    })
    expect(problem?.message).toMatch(/no object/)
  })

  test('changes the headers of responses', () => {
    const path = new TestPath(({ distributions: [distribution] }) => {
      if (distribution === undefined) return
      distribution.defaultBehavior.responseHeadersPolicy = {
        name: 'security',
        remove: ['server'],
        headers: [
          { name: 'x-frame-options', value: 'DENY', override: false },
          { name: 'x-content-type-options', value: 'nosniff', override: true },
        ],
        hasCors: true,
      }
    })
    path.reply = {
      kind: 'response',
      response: {
        status: 200,
        headers: { server: 'node', 'x-frame-options': 'SAMEORIGIN', 'x-content-type-options': 'x' },
        body: Buffer.alloc(0),
      },
      seconds: 0,
    }
    const { headers } = path.get('/api').response
    expect(headers).toMatchObject({
      'x-frame-options': 'SAMEORIGIN',
      'x-content-type-options': 'nosniff',
    })
    expect(headers).not.toHaveProperty('server')
    expect(path.path.notRun).toMatchObject([{ message: expect.stringMatching(/cross-origin/) }])
  })

  test('chooses the first behavior that matches, in the case of the path', () => {
    const path = new TestPath()
    expect(path.route('/assets/app.js').by.rule).toBe('behavior /assets/*')
    expect(path.route('/Assets/app.js').by.rule).toBe('external:443/1000')
  })
})

describe('names of hosts', () => {
  test.each([
    ['in any case', { host: 'Shop.EXAMPLE' }, 200],
    ['of the distribution itself', { host: 'd111.cloudfront.net' }, 200],
    ['of another distribution', { host: 'd222.cloudfront.net' }, 403],
    ['below the names of a certificate', { ...inside, host: 'a.b.internal.shop.example' }, 502],
  ])('%s', (_, request, status) => {
    expect(new TestPath().get('/api', request).response.status).toBe(status)
  })

  test('follow aliases, CNAMEs and the closest wildcard', () => {
    const path = new TestPath(
      ({ records, distributions: [distribution], certificates: [certificate] }) => {
        const host = 'www.other.example'
        const to = { type: 'CNAME', isPrivate: false } as const
        records.push({ ...to, name: '*.other.example', values: ['Shop.Example.'] })
        records.push({ ...to, name: 'sub.other.example', values: ['nowhere.example'] })
        distribution?.aliases.push(host)
        certificate?.names.push(host)
      },
    )
    expect(path.get('/api', { host: 'www.other.example' }).response.status).toBe(200)
    expect(path.get('/api', { host: 'a.sub.other.example' }).problem?.message).toMatch(/no record/)
    expect(path.get('/api', { host: 'sub.other.example' }).problem?.message).toMatch(
      /nowhere\.example/,
    )
  })

  test('of a private zone are those of callers in the network', () => {
    const path = new TestPath(({ records }) => {
      for (const record of records) if (record.name.startsWith('*')) record.isPrivate = true
    })
    expect(path.get('/', inside).response.status).toBe(200)
    expect(path.get('/', { host: internalHost }).problem?.part).toBe('Route 53')
  })
})

test('a path that changes keeps its counts, its cache and its weights', () => {
  const path = cached(({ webAcls: [acl] }) => {
    acl?.rules.push({
      name: 'rate',
      priority: 0,
      action: { type: 'block' },
      labels: [],
      statement: { kind: 'rate', limit: 3, windowSeconds: 60, key: 'IP' },
    })
  })
  path.get()
  const { deployed } = path.path
  path.path.update({ ...deployed, loadBalancers: [] })
  expect(path.get().response.headers['x-cache']).toBe('Hit from cloudfront')
  expect(path.get('/other').response.status).toBe(502)
  expect(path.get('/other').problem?.message).toMatch(/rule rate/)
})

describe('functions of CloudFront', () => {
  const withFunction = (event: string, code?: string) =>
    new TestPath(({ distributions: [distribution] }) => {
      if (distribution) distribution.defaultBehavior.functions = [{ name: 'test', event, code }]
    })

  test('change requests', () => {
    const path = withFunction(
      'viewer-request',
      `function handler(event) {
        var request = event.request
        request.uri = request.uri.replace('/old', '/new')
        request.headers['x-viewer'] = { value: event.viewer.ip + ' ' + request.cookies.a.value }
        request.querystring.added = { value: request.querystring.x.multiValue[1].value }
        return request
      }`,
    )
    const { path: target, headers } = path.received('/old/a?x=1&x=2', {
      headers: { cookie: 'a=1; b=2' },
    })
    expect(target).toBe('/new/a?x=1&x=2&added=2')
    expect(headers).toMatchObject({ 'x-viewer': '203.0.113.7 1', cookie: 'a=1; b=2', host: site })
  })

  test('respond', () => {
    const path = withFunction(
      'viewer-request',
      `const handler = (event) => ({ statusCode: 302, headers: { location: { value: '/login' } },
        cookies: { seen: { value: '1', attributes: 'Secure' } }, body: { encoding: 'base64', data: 'aGk=' } })`,
    )
    const { response, problem } = path.get()
    expect({ ...response, text: textOf(response) }).toMatchObject({
      status: 302,
      text: 'hi',
      headers: {
        location: '/login',
        'set-cookie': 'seen=1; Secure',
        'x-cache': 'FunctionGeneratedResponse from cloudfront',
      },
    })
    expect(problem).toBeUndefined()
  })

  test('change responses that are no errors', () => {
    const path = withFunction(
      'viewer-response',
      `function handler(event) {
        event.response.headers['x-added'] = { value: event.context.eventType + event.request.uri }
        return event.response
      }`,
    )
    const { response } = path.get()
    expect(response.headers).toMatchObject({
      'x-added': 'viewer-response/api',
      'content-type': 'text/plain',
    })
    expect(textOf(response)).toBe('ok')
    path.reply = { kind: 'refused' }
    expect(path.get('/other').response.headers).not.toHaveProperty('x-added')
  })

  test.each([
    'function handler() { throw new Error("broken") }',
    'function handler() {}',
    'function handler(event) { event.request.uri = "relative"; return event.request }',
    'function handler() { for (;;) {} }',
    'function handler() { return Promise.resolve({}) }',
    'function handler() { return process.env }',
  ])('that fail are a 503 with their name: %s', (code) => {
    const { response, problem } = withFunction('viewer-request', code).get()
    expect(response.status).toBe(503)
    expect(problem).toEqual({ part: 'function test', message: expect.stringMatching(/failed: /) })
  })

  test.each([
    [
      'viewer-request',
      'import cf from "cloudfront"\nfunction handler(event) { return event.request }',
    ],
    ['viewer-request', 'async function handler(event) { return event.request }'],
    ['viewer-response', 'function handler( {'],
    ['origin-request', undefined],
  ])('that do not run here are named: %s %s', (event, code) => {
    const path = withFunction(event, code)
    expect(path.get().response.status).toBe(200)
    expect(path.path.notRun).toEqual([
      {
        part: 'behavior * of distribution shop.example',
        message: expect.stringMatching(/^function test/),
      },
    ])
  })
})

describe('web ACL', () => {
  const block = (statement: FirewallStatement, more: Partial<FirewallRule> = {}): FirewallRule => ({
    name: 'test',
    priority: 1,
    action: { type: 'block' },
    labels: [],
    statement,
    ...more,
  })
  const withRules = (...rules: FirewallRule[]) =>
    new TestPath(({ webAcls: [acl] }) => {
      acl?.rules.push(...(rules as Draft<FirewallRule>[]))
    })
  const onPath = { field: 'uriPath', transformations: [] } as const
  const bytes = (search: string, more: object = {}): FirewallStatement => ({
    kind: 'byteMatch',
    search,
    position: 'CONTAINS',
    ...onPath,
    ...more,
  })
  const ofClients: FirewallStatement = {
    kind: 'ipSet',
    addresses: ['192.0.2.0/24'],
    forwardedIp: { header: 'X-Client', fallback: 'MATCH' },
  }
  const yes = bytes('/')
  const no = bytes('\n')
  const never: FirewallStatement = { kind: 'notRun', name: 'AWSManagedRulesCommonRuleSet' }

  test.each<[FirewallStatement, string, Partial<PathRequest>, boolean]>([
    [{ kind: 'and', statements: [yes, yes] }, '/', {}, true],
    [{ kind: 'and', statements: [yes, no] }, '/', {}, false],
    [{ kind: 'or', statements: [no, yes] }, '/', {}, true],
    [{ kind: 'not', statement: no }, '/', {}, true],
    [bytes('admin'), '/x/admin', {}, true],
    [bytes('admin'), '/x/Admin', {}, false],
    [bytes('admin', { transformations: ['URL_DECODE', 'LOWERCASE'] }), '/%41dmin', {}, true],
    [
      bytes('/admin', { transformations: ['NORMALIZE_PATH'], position: 'EXACTLY' }),
      '/a/../admin',
      {},
      true,
    ],
    [bytes('bad', { position: 'CONTAINS_WORD' }), '/a-bad-b', {}, true],
    [bytes('bad', { position: 'CONTAINS_WORD' }), '/badly', {}, false],
    [bytes('.php', { position: 'ENDS_WITH' }), '/a.php?x', {}, true],
    [
      bytes('1', { field: 'queryArgument', name: 'Debug', position: 'EXACTLY' }),
      '/?debug=1',
      {},
      true,
    ],
    [bytes('x', { field: 'header', name: 'x-test' }), '/', { headers: { 'x-test': 'axb' } }, true],
    [bytes('', { field: 'header', name: 'x-test' }), '/', {}, false],
    [
      bytes('evil', { field: 'body' }),
      '/api',
      { method: 'POST', body: Buffer.from('an evil') },
      true,
    ],
    [
      bytes('none', { field: 'cookies', oversize: 'MATCH' }),
      '/',
      { headers: { cookie: 'x'.repeat(8193) } },
      true,
    ],
    [
      bytes('none', { field: 'headers', oversize: 'MATCH' }),
      '/',
      { headers: { a: 'x'.repeat(5000) } },
      false,
    ],
    [{ kind: 'regex', patterns: ['(?i)^/ADMIN$'], ...onPath }, '/admin', {}, true],
    [{ kind: 'regex', patterns: ['^/v[0-9]+/'], ...onPath }, '/v12/x', {}, true],
    [{ kind: 'regex', patterns: ['^/v[0-9]+/', 'secret$'], ...onPath }, '/my-secret', {}, true],
    [{ kind: 'size', operator: 'GT', bytes: 3, ...onPath }, '/abc', {}, true],
    [{ kind: 'size', operator: 'GT', bytes: 4, ...onPath }, '/abc', {}, false],
    [{ kind: 'ipSet', addresses: ['203.0.113.0/28'] }, '/', {}, true],
    [{ kind: 'ipSet', addresses: ['192.0.2.0/24'] }, '/', {}, false],
    [ofClients, '/', { headers: { 'x-client': '198.51.100.1, 192.0.2.9' } }, true],
    [ofClients, '/', { headers: { 'x-client': 'unknown' } }, true],
    [ofClients, '/', {}, false],
    [{ kind: 'geo', countries: ['US'] }, '/', {}, true],
    [{ kind: 'not', statement: { kind: 'geo', countries: ['US', 'DE'] } }, '/', {}, false],
  ])('matches %j to %s %j: %s', (statement, requestPath, request, isBlocked) => {
    const { response } = withRules(block(statement)).get(requestPath, {
      ...request,
    })
    expect(response.status === 403).toBe(isBlocked)
  })

  test.each([
    ['body', undefined, 16_384, true],
    ['body', undefined, 16_385, false],
    ['body', 'MATCH', 16_385, true],
    ['jsonBody', 'NO_MATCH', 16_384, true],
    ['jsonBody', 'NO_MATCH', 16_385, false],
  ])(
    'inspects the %s with %s for more: of %i bytes, blocks: %s',
    (field, oversize, length, isBlocked) => {
      const path = withRules(block(bytes('evil', { field, oversize })))
      const body = Buffer.from('evil'.padStart(length))
      expect(path.get('/api', { method: 'POST', body }).response.status).toBe(isBlocked ? 403 : 200)
    },
  )

  test('runs rules by priority, and ends with the first that allows or blocks', () => {
    const path = withRules(
      block(yes, { name: 'late', priority: 9 }),
      block(bytes('/open'), { name: 'open', priority: 1, action: { type: 'allow' } }),
    )
    expect(path.get('/open').response.status).toBe(200)
    expect(path.get('/other').problem?.message).toBe('rule late blocks the request')
  })

  test('adds labels, which later rules match', () => {
    const path = withRules(
      block(bytes('/a'), { priority: 0, labels: ['app:zone:a'], action: { type: 'count' } }),
      block({ kind: 'label', scope: 'NAMESPACE', key: 'app:zone:' }, { priority: 1 }),
    )
    expect(path.get('/a').response.status).toBe(403)
    expect(path.get('/b').response.status).toBe(200)
  })

  test('inserts headers of rules that count', () => {
    const action = { type: 'count', insertHeaders: { Seen: 'yes' } } as const
    expect(withRules(block(yes, { action })).received().headers['x-amzn-waf-seen']).toBe('yes')
  })

  test('runs the rules of a group, or counts them', () => {
    const group: FirewallStatement = {
      kind: 'ruleGroup',
      name: 'own',
      rules: [block(yes, { name: 'inner' })],
    }
    expect(withRules(block(group, { action: 'none' })).get().problem?.message).toBe(
      'rule inner blocks the request',
    )
    expect(withRules(block(group, { action: { type: 'count' } })).get().response.status).toBe(200)
  })

  test.each<[string, FirewallStatement]>([
    ['a managed rule group', never],
    ['the opposite of a managed rule group', { kind: 'not', statement: never }],
    [
      'a rate of a managed rule group',
      { kind: 'rate', limit: 0, windowSeconds: 60, key: 'IP', scopeDown: never },
    ],
    [
      'an unknown transformation',
      { kind: 'not', statement: bytes('x', { transformations: ['MD5'] }) },
    ],
    [
      'a label of a managed rule group',
      { kind: 'label', scope: 'LABEL', key: 'awswaf:managed:aws:core:x' },
    ],
  ])('leaves out and names %s', (_, statement) => {
    const path = withRules(block(statement))
    expect(path.get().response.status).toBe(200)
    expect(path.path.notRun).toEqual([
      { part: 'web ACL cdn rule test', message: expect.stringMatching(/does not run here$/) },
    ])
  })

  describe('rate', () => {
    const rate = (more: object = {}): FirewallStatement => ({
      kind: 'rate',
      limit: 10,
      windowSeconds: 60,
      key: 'IP',
      ...more,
    })
    const allowed = (path: TestPath, count: number, request?: Partial<PathRequest>) =>
      Array.from({ length: count }, () => path.get('/api', request)).filter(
        ({ response }) => response.status === 200,
      ).length

    test('limits each address in a sliding window', () => {
      const path = withRules(block(rate()))
      expect(allowed(path, 20)).toBe(10)
      expect(allowed(path, 5, { clientIp: '203.0.113.8' })).toBe(5)
      path.now += 50_000
      expect(allowed(path, 1)).toBe(0)
      path.now += 60_000
      expect(allowed(path, 5)).toBe(5)
    })

    test('counts only requests in its scope', () => {
      const path = withRules(block(rate({ scopeDown: bytes('/login') })))
      expect(allowed(path, 20)).toBe(20)
    })

    test('counts a request as often as it stands for', () => {
      const path = withRules(block(rate()))
      const request = {
        scheme: 'https',
        host: site,
        method: 'GET',
        path: '/api',
        headers: {},
        clientIp: '203.0.113.7',
      } as const
      expect(path.path.route(request, path.now, 10).kind).toBe('target')
      expect(path.path.route(request, path.now, 1).kind).toBe('answer')
    })

    test('limits the first forwarded address', () => {
      const path = withRules(
        block(
          rate({
            key: 'FORWARDED_IP',
            forwardedIp: { header: 'X-Forwarded-For', fallback: 'NO_MATCH' },
          }),
        ),
      )
      expect(allowed(path, 20, { headers: { 'x-forwarded-for': '192.0.2.1' } })).toBe(10)
      expect(allowed(path, 20, { headers: { 'x-forwarded-for': 'no address' } })).toBe(20)
    })
  })
})
