"""Reading FHIR R4 and UK Core resources into the records of this service.

The mapping is pure: `reading` makes entries of files, `planning.plan_import` turns entries into bodies and says of
every resource what became of it. Only `importing` writes.

How resources are counted: a Bundle is a container and is never counted itself; each resource in its entries is, at any
depth of bundles within bundles; a file that is no Bundle holds one. An entry without a resource (a request, an empty
response) is none. Resources contained in another, or in a Parameters, are part of it. So
`imported + not imported = resources`.

    FhirError
    ├── FileRefusedError    a file that cannot be read as FHIR JSON; nothing of it is imported
    └── NotImportedError    one resource that has no place in the records; the others go on
"""
