//! A thin, tolerant client of DMTF Redfish.
