/** The object that CloudFront returns for `/`. */
export const frontPage = 'index.html'

/** Paths of the assets bucket. All others go to the services. For a new path, upload its objects under the same path. */
export const assetPaths = [
  '/',
  `/${frontPage}`,
  '/assets/*',
  '/favicon.ico',
  '/robots.txt',
] as const

/** Managed policies of AWS, by their documented ids. */
const managed = {
  cachingOptimized: '658327ea-f89d-4fab-a63d-7e88639e58f6',
  cachingDisabled: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
  allViewer: '216adef6-5c7f-47e4-b989-5492eafa07d3',
}

const forEveryPath = {
  viewerProtocolPolicy: 'redirect-to-https',
  cachedMethods: ['GET', 'HEAD'],
  compress: true,
}

/** Cached according to the object's Cache-Control, by default for a day. */
export const assetBehavior = {
  ...forEveryPath,
  allowedMethods: ['GET', 'HEAD', 'OPTIONS'],
  cachePolicyId: managed.cachingOptimized,
}

/**
 * Never cached, because responses may be personal. The service receives all headers of the viewer, including Host:
 * CloudFront then accepts a certificate for the host name of the origin as well.
 */
export const serviceBehavior = {
  ...forEveryPath,
  allowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH', 'DELETE'],
  cachePolicyId: managed.cachingDisabled,
  originRequestPolicyId: managed.allViewer,
}
