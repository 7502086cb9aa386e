//! Builds what is deployed: Rust services with cargo, and folders for the tools that npm serves.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use benchmarks::service::Service;
use benchmarks::tools::{Result, Tool};
use tempfile::TempDir;

use crate::migration::Files;
use crate::peer::Peer;
use crate::program::{Built, Image};

/// The packages, which are compared in these versions.
pub(crate) const PACKAGES: [(&str, &str); 4] =
    [("drizzle-orm", "0.45.4"), ("node-pg-migrate", "9.0.0"), ("dbmate", "2.36.0"), ("pg", "8.23.1")];

const SCRIPTS: [(&str, &str); 2] = [
    ("drizzle.mjs", include_str!("../services/drizzle.mjs")),
    ("node-pg-migrate.mjs", include_str!("../services/node-pg-migrate.mjs")),
];

/// All that is built for one run of the benchmark. What has been built once is not built again.
pub(crate) struct Workshop {
    images: TempDir,
    services: HashMap<&'static str, Service>,
    npm: PathBuf,
    built: HashMap<(Peer, Files), Built>,
}

impl Workshop {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            images: tempfile::tempdir()?,
            services: HashMap::new(),
            npm: target().join("npm"),
            built: HashMap::new(),
        })
    }

    /// Installs what npm serves. An error says why it cannot be had.
    pub(crate) fn install(&self) -> Result<()> {
        fs::create_dir_all(&self.npm)?;
        let dependencies: Vec<String> =
            PACKAGES.iter().map(|(name, version)| format!("\"{name}\":\"{version}\"")).collect();
        let manifest = format!(
            "{{\"private\":true,\"type\":\"module\",\"dependencies\":{{{}}}}}\n",
            dependencies.join(",")
        );
        fs::write(self.npm.join("package.json"), manifest)?;
        for (name, text) in SCRIPTS {
            fs::write(self.npm.join(name), text)?;
        }
        // No package may run a program of its own while it is installed.
        let output = Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error"])
            .current_dir(&self.npm)
            .output()
            .map_err(|error| format!("npm cannot be run: {error}"))?;
        if !output.status.success() {
            return Err(format!("npm install: {}", String::from_utf8_lossy(&output.stderr).trim()).into());
        }
        self.dbmate().map(drop)
    }

    /// The program itself, without the script that npm has before it: that would not be killed with it.
    fn dbmate(&self) -> Result<PathBuf> {
        let packages = fs::read_dir(self.npm.join("node_modules/@dbmate"))?;
        packages
            .filter_map(|entry| Some(entry.ok()?.path().join("bin/dbmate")))
            .find(|path| path.is_file())
            .ok_or_else(|| "there is no dbmate for this platform".into())
    }

    /// The program that has these files for its migrations.
    pub(crate) fn build(&mut self, peer: Peer, files: Files) -> Result<Built> {
        let key = (peer, files);
        if let Some(built) = self.built.get(&key) {
            return Ok(built.clone());
        }
        let built = match peer.tool() {
            Some(tool) => {
                self.prepare(tool)?;
                let service = &self.services[tool.name()];
                service.write(key.1.clone())?;
                self.compile(service)?
            }
            None => Built::Runs(self.package(peer, &key.1)?),
        };
        self.built.insert(key, built.clone());
        Ok(built)
    }

    /// Makes the crate of a Rust service.
    fn prepare(&mut self, tool: Tool) -> Result<()> {
        let name = tool.name();
        if !self.services.contains_key(name) {
            let service = Self::new_service(tool, name)?;
            // As what is deployed: migrate compares the folder with a binary that has them.
            let package = format!("[profile.dev.package.service-{name}]\ndebug-assertions = false\n");
            service.configure(&package)?;
            self.services.insert(name, service);
        }
        Ok(())
    }

    /// A crate of its own, whose dependencies are those of the others.
    pub(crate) fn new_service(tool: Tool, folder: &str) -> Result<Service> {
        let services = target().join("services");
        let service = Service::new(tool, services.join(folder), services.join("target"))?;
        // Nothing here is debugged, and all of it is copied.
        service.configure("[profile.dev]\ndebug = false\nstrip = true\nincremental = false\n")?;
        Ok(service)
    }

    /// Builds what is in the folder of the service now.
    pub(crate) fn compile(&self, service: &Service) -> Result<Built> {
        let image = self.images.path().join(format!("{}-{}", service.tool, self.count()));
        let output = service.build(&[])?;
        if !output.status.success() {
            return Ok(Built::Refused(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        fs::copy(service.binary("debug"), &image)?;
        Ok(Built::Runs(Image { program: image, arguments: Vec::new() }))
    }

    fn count(&self) -> usize {
        fs::read_dir(self.images.path()).map_or(0, Iterator::count)
    }

    /// A folder of migrations, and what applies it.
    fn package(&self, peer: Peer, files: &Files) -> Result<Image> {
        let folder = self.images.path().join(format!("{peer}-{}", self.count()));
        for (path, text) in files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap_or(&folder))?;
            fs::write(path, text)?;
        }
        let script = |name: &str| Image {
            program: PathBuf::from("node"),
            arguments: vec![self.npm.join(name).into_os_string(), folder.clone().into_os_string()],
        };
        Ok(match peer {
            Peer::Drizzle => script("drizzle.mjs"),
            Peer::NodePgMigrate => script("node-pg-migrate.mjs"),
            _ => Image {
                program: self.dbmate()?,
                arguments: [
                    OsString::from("--no-dump-schema"),
                    "--migrations-dir".into(),
                    folder.into_os_string(),
                    "up".into(),
                ]
                .into(),
            },
        })
    }
}

/// The folder of what is built, of the benchmarks themselves.
pub(crate) fn target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target")
}
