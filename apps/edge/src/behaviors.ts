/** Answers `/`. In the assets bucket, as everything under these paths. All others go to the services. */
export const frontPage = 'index.html'

/** Add a path here, and release its objects into the assets bucket under the same path. */
export const assetPaths = [
  '/',
  `/${frontPage}`,
  '/assets/*',
  '/favicon.ico',
  '/robots.txt',
] as const

/** Policies that AWS keeps for everyone, by the ids that it documents. */
const managed = {
  cachingOptimized: '658327ea-f89d-4fab-a63d-7e88639e58f6',
  cachingDisabled: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
  allOfTheViewer: '216adef6-5c7f-47e4-b989-5492eafa07d3',
}

const forEveryPath = {
  viewerProtocolPolicy: 'redirect-to-https',
  cachedMethods: ['GET', 'HEAD'],
  compress: true,
}

/** Cached as long as the object's Cache-Control says, for a day where it says nothing, whoever asks. */
export const assetBehavior = {
  ...forEveryPath,
  allowedMethods: ['GET', 'HEAD', 'OPTIONS'],
  cachePolicyId: managed.cachingOptimized,
}

/**
 * Never cached: an answer may be for one person. The service sees the request as the viewer sent it, its Host
 * included: CloudFront accepts a certificate for the name of the origin as well.
 */
export const serviceBehavior = {
  ...forEveryPath,
  allowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH', 'DELETE'],
  cachePolicyId: managed.cachingDisabled,
  originRequestPolicyId: managed.allOfTheViewer,
}
